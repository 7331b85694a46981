# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# TAP for scripts: ok NAME, fail NAME [text], skip NAME REASON, and tap_end as the last line. Sourced by the checks.

set -u
shopt -s nullglob globstar

top_srcdir=${top_srcdir:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir}
CC=${CC:-gcc}
tap_count=0
tap_failed=0

ok()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

fail()
{
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	[ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
}

skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# result NAME TEXT: passes when TEXT, the list of mistakes, is empty.
result()
{
	if [ -z "$2" ]; then ok "$1"; else fail "$1" "$2"; fi
}

tap_end()
{
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
}
