#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Our shell scripts are free of what shellcheck finds.
. "$(dirname "$0")/tap.sh"

# A script: first line names a shell, or the name ends so.
is_script()
{
	case $1 in
	*.sh | *.bats) return 0 ;;
	*.c | *.h | *.mk | *.lua | *.txt | *.in) return 1 ;;
	esac
	head -n 1 "$1" | grep -qE '^#!.*\b(ba)?sh\b' 2> /dev/null
}

if ! command -v shellcheck > /dev/null; then
	skip "scripts" "shellcheck is not installed"
	tap_end
	exit
fi

for file in "$top_srcdir"/autogen.sh "$top_srcdir"/.ci/run "$top_srcdir"/hooks/* "$top_srcdir"/tests/run \
	"$top_srcdir"/tests/*/*; do
	if [ ! -f "$file" ] || ! is_script "$file"; then
		continue
	fi
	# sourced files are found beside the script
	result "${file#"$top_srcdir"/}" "$(shellcheck -x -P SCRIPTDIR -S warning -f gcc "$file" 2>&1 | head -n 20)"
done

tap_end
