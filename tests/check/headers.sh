#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each header compiles alone, begins with the licence, and guards itself; lx.h is also C++.
. "$(dirname "$0")/tap.sh"

flags=(-std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -I"$top_srcdir/src/liblx" -I"$top_srcdir/src/lxtools"
	-I"$top_srcdir/src/libexec" -I"$top_srcdir/tests")

# Lua is optional: headers that need it are compiled where it is.
lua=$(pkg-config --cflags lua5.4 2> /dev/null) && read -ra more <<< "$lua" && flags+=("${more[@]}")

compile()
{
	local header=$1 mistakes

	mistakes=$(printf '#include "%s"\n#include "%s"\n' "$header" "$header" | $CC "${flags[@]}" -x c - 2>&1 | head -n 10)
	printf '%s' "$mistakes"
}

for header in "$top_srcdir"/src/**/*.h "$top_srcdir"/tests/fake/*.h; do
	name=${header#"$top_srcdir"/}
	if grep -q '<lua' "$header" && [ -z "$lua" ]; then
		skip "$name compiles alone" "Lua is not installed"
		continue
	fi
	result "$name compiles alone, and twice" "$(compile "$header")"
done

if command -v c++ > /dev/null; then
	mistakes=$(printf '#include "lx.h"\n' | c++ -x c++ -Wall -Wextra -fsyntax-only -I"$top_srcdir/src/liblx" - 2>&1 | head -n 10)
	result "lx.h is C++ too" "$mistakes"
else
	skip "lx.h is C++ too" "no C++ compiler"
fi

tap_end
