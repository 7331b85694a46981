#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers next to systemd as the host's manager on cgroup v2, which sees itself as the single writer of the tree: what it
# does must not take our controllers away, and what we do must not harm its units.

# shellcheck disable=SC2154 # dir, c, ... are lib.bash's
load lib

setup_file()
{
	[ -d /run/systemd/system ] || { skip_file "systemd is not process 1 here"; return; }
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || { skip_file "needs cgroup v2 alone"; return; }
	file_begin
}

payload()
{
	echo "/sys/fs/cgroup/lx/$c/payload"
}

# The words of a file of a group, sorted.
words()
{
	tr ' ' '\n' < "/sys/fs/cgroup/$1" | sort | paste -sd ' '
}

# A running container with a limit of every controller.
limited()
{
	new
	set_key cgroup.memory.max 64M
	set_key cgroup.pids.max 50
	set_key cgroup.cpu.max 50%
	set_key cgroup.cpuset.cpus 0
	set_key cgroup.io.weight 200
	lx-start "$c"
}

limits_hold()
{
	same 67108864 "$(< "$(payload)/memory.max")"
	same 50 "$(< "$(payload)/pids.max")"
	same "50000 100000" "$(< "$(payload)/cpu.max")"
	same 0 "$(< "$(payload)/cpuset.cpus")"
	same "default 200" "$(< "$(payload)/io.weight")"
	same RUNNING "$(state)"
	inside true
}

@test "controllers reach the payload's group" {
	limited
	same "cpu cpuset io memory pids" "$(words "lx/$c/payload/cgroup.controllers")"
	same "cpu cpuset io memory pids" "$(words "lx/$c/cgroup.subtree_control")"
	limits_hold
}

@test "daemon-reload leaves them" {
	limited
	systemctl daemon-reload
	limits_hold
}

@test "daemon-reexec leaves them" {
	limited
	systemctl daemon-reexec
	limits_hold
}

@test "units that come and go leave them" {
	limited
	systemd-run --quiet --wait -p MemoryMax=100M -p AllowedCPUs=0 -p IOWeight=50 -p TasksMax=20 true
	systemd-run --quiet --scope -p CPUQuota=50% true
	limits_hold
	systemctl daemon-reload
	limits_hold
}

@test "a service of systemd that starts it does not take it along when it ends" {
	new
	systemd-run --quiet --wait --setenv=LX_CONFIG="$LX_CONFIG" --setenv=PATH="$PATH" lx-start "$c"
	same RUNNING "$(state)"
	like "/lx/$c/monitor" "$(sed 's/^0:://' "/proc/$(monitor_pid)/cgroup")"
	lx-stop -k "$c"
}

@test "a limit of the starting service is not the container's" {
	new
	systemd-run --quiet --wait -p TasksMax=30 --setenv=LX_CONFIG="$LX_CONFIG" --setenv=PATH="$PATH" lx-start "$c"
	same max "$(< "$(payload)/pids.max")"
	inside sh -c 'for i in $(seq 40); do sleep 1 & done; wait'
}

@test "no unit of the host failed" {
	same "" "$(systemctl --failed --no-legend --plain)"
	same running "$(systemctl is-system-running)"
}

@test "the host's groups are as before, when the last container is gone" {
	before=$(words cgroup.subtree_control)
	limited
	lx-destroy -f "$c"
	[ ! -e /sys/fs/cgroup/lx ]
	systemctl daemon-reload
	like "*memory*pids*" "$(words cgroup.subtree_control)"
	like "*memory*pids*" "$before"
}
