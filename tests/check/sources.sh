#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every source is in a list of the build: one that is not would be missing from the distribution, or is dead.
. "$(dirname "$0")/tap.sh"

# unlisted FILE...: those that no fragment names.
unlisted()
{
	local file

	for file; do
		file=${file#"$top_srcdir"/}
		grep -qF "$file" <<< "$fragments" || echo "$file is in no local.mk"
	done
}

fragments=$(cat "$top_srcdir"/Makefile.am "$top_srcdir"/**/*.mk)

result "sources are listed" "$(unlisted "$top_srcdir"/src/**/*.[ch])"
result "templates are listed" "$(unlisted "$top_srcdir"/templates/**/*.lua)"
result "tests are listed" "$(unlisted "$top_srcdir"/tests/{unit,fake,fuzz}/*.[ch] "$top_srcdir"/tests/check/*.sh \
	"$top_srcdir"/tests/*/*.bats)"

tap_end
