#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every source names its licence on the first line, or on the second when the first names an interpreter.
. "$(dirname "$0")/tap.sh"

tag="SPDX-License-Identifier: LGPL-2.1-or-later"

missing()
{
	local file

	for file; do
		head -n 2 "$file" | grep -qF "$tag" || echo "${file#"$top_srcdir"/}: the first line does not name the licence"
	done
}

result "C sources name the licence" "$(missing "$top_srcdir"/src/**/*.[ch] "$top_srcdir"/tests/**/*.[ch])"
result "templates name the licence" "$(missing "$top_srcdir"/templates/**/*.lua)"
result "scripts name the licence" "$(missing "$top_srcdir"/autogen.sh "$top_srcdir"/tests/**/*.sh \
	"$top_srcdir"/tests/**/*.bats "$top_srcdir"/tests/run)"
result "the licence is there" "$(grep -q 'Version 2.1, February 1999' "$top_srcdir"/COPYING || echo 'COPYING is not LGPL 2.1')"

tap_end
