#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Limits that the kernel really keeps. Keys are those of v2, whichever the host has.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

# v1_group CONTROLLER [PID]: that $c has its limit in, or that the process is in
v1_group()
{
	printf '/sys/fs/cgroup/%s%s\n' "$1" "$(sed -nE "s/^[0-9]+:([^:]*,)?$1(,[^:]*)?://p" "/proc/${2:-$(init_pid)}/cgroup")"
}

# group_file V1-CONTROLLER V1-FILE V2-FILE: what the kernel has for $c
group_file()
{
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		cat "$(payload)/$3"
	else
		cat "$(v1_group "$1")/$2"
	fi
}

# It was full: the kernel has counted what it refused.
has_refused_processes()
{
	local group

	group=$(v1_group pids)
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || group=$(payload)
	find "$group" -name pids.events -exec cat {} + | grep '^max [1-9]'
}

# Is the process in the group of $c that has its limit?
is_counted()
{
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		grep -q "^0::$(run_group)/payload" "/proc/$1/cgroup"
	else
		[ "$(v1_group pids "$1")" = "$(v1_group pids)" ]
	fi
}

# limited KEY VALUE...: a running container with these, or a skip when this host has not the controller
limited()
{
	new
	while [ $# -gt 0 ]; do
		set_key "$1" "$2"
		shift 2
	done
	lx-start "$c" 2> "$dir/stderr" && return
	! grep -q 'cannot be applied' "$dir/stderr" || skip "$(sed 's/^[^ ]* [^ ]* //' "$dir/stderr")"
	cat "$dir/stderr" >&2
	return 1
}

@test "pids.max ends a fork bomb" {
	limited cgroup.pids.max 20
	same 20 "$(group_file pids pids.max pids.max)"
	like "*Tasks limit:*20*" "$(lx-info "$c")"
	# the shell gives up when it cannot fork
	fails inside sh -c 'for i in $(seq 50); do sleep 3 & done' 2> /dev/null
	has_refused_processes
	wait_for 10 inside sh -c 'ls | cat'
	same RUNNING "$(state)"
	lx-stop -k "$c"
}

@test "memory.max kills what takes more" {
	limited cgroup.memory.max 32M
	same 33554432 "$(group_file memory memory.limit_in_bytes memory.max)"
	like "*Memory limit:*32.00 MiB*" "$(lx-info "$c")"
	# tail keeps the last line, which has no end here, in memory
	exits 137 inside sh -c 'head -c 100m /dev/zero | tail -n 1 > /dev/null'
	same RUNNING "$(state)"
	inside true
	inside sh -c 'head -c 8m /dev/zero | tail -n 1 > /dev/null'
}

cpu_use()
{
	lx-info -S -H "$c" | sed -n 's/^CPU use: *//p'
}

@test "cpu.max slows down" {
	limited cgroup.cpu.max 20%
	# user and system time of init's group, beside the wall's
	before=$(cpu_use) began=$(date +%s%N)
	inside timeout 2 sh -c 'while :; do :; done' || true
	used=$(($(cpu_use) - before)) passed=$(($(date +%s%N) - began))
	[ "$used" -gt 0 ]
	[ "$used" -lt $((passed / 2)) ]
}

@test "cpuset.cpus keeps to its processors" {
	limited cgroup.cpuset.cpus 0
	same 0 "$(inside sed -n 's/^Cpus_allowed_list:[^0-9]*//p' /proc/self/status)"
}

@test "cpu.weight is read back" {
	limited cgroup.cpu.weight 50
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		same 50 "$(< "/sys/fs/cgroup$(run_group)/cpu.weight")" # against other containers, not against the monitor
	else
		same 512 "$(group_file cpu cpu.shares cpu.weight)"
	fi
}

@test "a guest cannot change its limits" {
	limited cgroup.pids.max 50 cgroup.memory.max 64M
	inside sh -c 'for f in $(find /sys/fs/cgroup -name pids.max -o -name memory.max -o -name memory.limit_in_bytes); do
		echo max > $f; echo -1 > $f; done' 2> /dev/null || true
	same 50 "$(group_file pids pids.max pids.max)"
	same 67108864 "$(group_file memory memory.limit_in_bytes memory.max)"
}

@test "attached commands count" {
	limited cgroup.pids.max 10
	lx-attach "$c" -- sleep "300.$tag" 3>&- &
	wait_for 5 pgrep -f "^sleep 300.$tag"
	is_counted "$(pgrep -f "^sleep 300.$tag")"
	kill $!
	wait $! || true
	fails inside sh -c 'for i in $(seq 20); do sleep 2 & done' 2> /dev/null
}

@test "a limit that this host cannot apply is refused by name" {
	new
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		set_key cgroup.io.max "260:0 rbps=1000" # a number that no driver has
		refuses "lx-start: $c: *io.max*config:*" lx-start "$c"
	else
		set_key cgroup.memory.high 100M
		refuses "lx-start: $c: memory.high cannot be applied: *config:*" lx-start "$c"
	fi
	same STOPPED "$(state)"
	gone
}

@test "two limits, two containers" {
	limited cgroup.pids.max 30
	one=$c
	limited cgroup.pids.max 40
	same 40 "$(group_file pids pids.max pids.max)"
	c=$one
	same 30 "$(group_file pids pids.max pids.max)"
}
