#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The last of a run: the host is as it was before the first. The list of that time is made by make (local.mk).

inventory()
{
	"${top_srcdir:-.}/tests/functional/inventory"
}

@test "the run leaves nothing behind" {
	before=${top_builddir:-.}/tests/functional/host.before
	[ "$(id -u)" = 0 ] || skip "needs root"
	[ -e "$before" ] || skip "there is no list of before; run make check-functional"

	for _ in $(seq 600); do
		left=$(inventory | LC_ALL=C comm -13 "$before" -)
		[ -n "$left" ] || return 0
		sleep 0.1
	done
	printf 'left behind:\n%s\n' "$left"
	return 1
}
