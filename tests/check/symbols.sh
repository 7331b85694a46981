#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lx.h, liblx.sym and the library that was built name the same functions.
. "$(dirname "$0")/tap.sh"

header=$top_srcdir/src/liblx/lx.h
map=$top_srcdir/src/liblx/liblx.sym
library=$top_builddir/.libs/liblx.so

differences()
{
	diff "$1" "$2" | sed -n "s/^</only in $3:/p;s/^>/only in $4:/p"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

$CC -E -P "$header" 2> /dev/null | grep -oE '\blx_[a-z0-9_]+\(' | tr -d '(' | sort -u > "$work/header"
sed -n 's/^\t\(lx_[a-z0-9_]*\);$/\1/p' "$map" | sort -u > "$work/map"

result "liblx.sym lists the functions of lx.h" "$(differences "$work/header" "$work/map" lx.h liblx.sym)"

if [ -e "$library" ]; then
	nm -D --defined-only "$library" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort -u > "$work/library"
	result "the library exports the functions of lx.h" \
		"$(differences "$work/header" "$work/library" lx.h "$(basename "$library")")"
else
	skip "the library exports the functions of lx.h" "it is not built: $library"
fi

tap_end
