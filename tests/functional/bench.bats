#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The figures can be taken. What they are is no test's business.
bats_require_minimum_version 1.5.0

setup()
{
	[ "$(id -u)" = 0 ] || skip "needs root"
	[ -n "${top_builddir:-}" ] || skip "needs the build tree"
	command -v python3 > /dev/null || skip "python3 is not installed"
}

@test "the comparison runs, of lx alone, and leaves nothing" {
	before=$(find /sys/fs/cgroup -maxdepth 3 -type d -name 'b*one' | wc -l)
	run --separate-stderr timeout 1000 python3 "${top_srcdir:?}/tests/bench/run" --quick --no-lxc --repeat=1 --format=json
	[ "$status" -eq 0 ]
	for what in start stop attach execute pss floor; do
		[[ $output == *"\"what\": \"$what\""* ]]
	done
	[ "$(find /sys/fs/cgroup -maxdepth 3 -type d -name 'b*one' | wc -l)" -eq "$before" ]
	[ -z "$(ip -o link show dev lxbench0 2> /dev/null)" ]
}
