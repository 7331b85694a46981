#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Control groups on a host with cgroup v2 alone, as the kernel keeps them: doc/CGROUPS.

# shellcheck disable=SC2154 # dir, c, ... are lib.bash's
load lib

setup_file()
{
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || { skip_file "needs cgroup v2 alone"; return; }
	file_begin
}

# by_host COMMAND...: as the host's root, who has all rights but those that the group takes away, in the payload's group
by_host()
{
	bash -c 'echo $$ > "$0/cgroup.procs"; exec "$@"' "$(payload)" "$@"
}

@test "monitor and payload have groups of their own" {
	started
	in_unit || same "/lx/$c" "$(run_group)"
	same "0::$(run_group)/monitor" "$(cat "/proc/$(monitor_pid)/cgroup")"
	same "0::$(run_group)/payload" "$(cat "/proc/$(init_pid)/cgroup")"
	same "0::/" "$(inside cat /proc/1/cgroup)"
	same 1 "$(inside grep -c cgroup /proc/self/mounts)"
}

@test "controllers are there from the top to the payload" {
	started
	group=$(run_group)
	while :; do
		for controller in cpu cpuset io memory pids; do
			grep -qw "$controller" "/sys/fs/cgroup$group/cgroup.subtree_control"
		done
		[ -n "$group" ] || break
		group=${group%/*}
	done
	same "cpuset cpu io memory pids" "$(cat "$(payload)/cgroup.controllers")"
	same "" "$(cat "$(payload)/cgroup.subtree_control")"
}

@test "a guest owns what the kernel says can be handed over, and nothing else" {
	started
	root=$(stat -c %u "$(payload)")
	[ "$root" -ne 0 ]
	for file in "$(payload)"/*; do
		name=${file##*/}
		if grep -qx "$name" /sys/kernel/cgroup/delegate; then
			same "$name $root" "$name $(stat -c %u "$file")"
		else
			same "$name 0" "$name $(stat -c %u "$file")"
		fi
	done
}

@test "a guest that hands controllers on can still be attached to" {
	started
	inside sh -c 'mkdir /sys/fs/cgroup/mine; for p in $(cat /sys/fs/cgroup/cgroup.procs); do echo $p > /sys/fs/cgroup/mine/cgroup.procs; done
		echo "+memory +pids +cpuset" > /sys/fs/cgroup/cgroup.subtree_control'
	same "cpuset memory pids" "$(cat "$(payload)/cgroup.subtree_control")"
	inside sh -c 'mkdir /sys/fs/cgroup/mine/sub; echo 5 > /sys/fs/cgroup/mine/pids.max'
	same 5 "$(cat "$(payload)/mine/pids.max")"
	lx-stop -k "$c"
	gone
}

@test "attached commands are under the container's limits and its freezer" {
	new
	set_key cgroup.pids.max 30
	lx-start "$c"
	fails inside sh -c 'for i in $(seq 60); do sleep 2 & done' 2> /dev/null
	lx-attach "$c" -- sleep "100.$tag" 3>&- &
	attached=$!
	wait_for 10 pgrep -f "^sleep 100.$tag"
	like "0::$(run_group)/payload/*" "$(cat "/proc/$(pgrep -f "^sleep 100.$tag")/cgroup")"
	lx-freeze "$c"
	grep -q 'frozen 1' "$(payload)/.lx/cgroup.events"
	lx-unfreeze "$c"
	lx-stop -k "$c"
	wait "$attached" || true
	fails pgrep -f "^sleep 100.$tag"
}

@test "the device list holds for root of the host, too" {
	started
	disk=$(awk '$5 == "/" { print $3 }' /proc/self/mountinfo | head -n 1)
	mknod "$dir/disk" b "${disk%:*}" "${disk#*:}"
	head -c 1 "$dir/disk" > /dev/null
	fails by_host head -c 1 "$dir/disk" 2> "$dir/stderr"
	grep -q 'Operation not permitted' "$dir/stderr"
	fails by_host sh -c ': < /dev/kmsg' 2> /dev/null
	fails by_host mknod "$dir/other" b "${disk%:*}" "${disk#*:}" 2> /dev/null
	for node in null zero full random urandom; do
		by_host test -e "/dev/$node"
		by_host sh -c ": < /dev/$node"
	done
}

@test "a device section opens the list for its node alone" {
	new
	printf '[device log]\npath = /dev/kmsg\n' >> "$dir/store/$c/config"
	lx-start "$c"
	by_host sh -c ': < /dev/kmsg'
	fails by_host sh -c ': < /dev/mem' 2> /dev/null
}

@test "killing is the kernel's, and takes what forks" {
	started
	lx-attach "$c" -- sh -c 'f() { while :; do (sleep 0.1; :) & sleep 0.05; done; }; f & f & f' 3>&- &
	attached=$!
	wait_for 10 eval '[ "$(cat "$(payload)/pids.current")" -gt 6 ]'
	lx-stop -k "$c"
	wait "$attached" || true
	same STOPPED "$(state)"
	gone
}

@test "figures are those of the groups" {
	new
	set_key cgroup.memory.max 100M
	lx-start "$c"
	inside sh -c 'head -c 20m /dev/zero > /dev/shm/file; i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done'
	json=$(lx-info --format=json "$c")
	value() { sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" <<< "$json"; }
	[ "$(value memory-bytes)" -gt 20971520 ]
	[ "$(value memory-bytes)" -lt 104857600 ]
	[ "$(value tasks)" -ge 1 ]
	used=$(sed -n 's/^usage_usec //p' "$(payload)/cpu.stat")
	[ "$(value cpu-usec)" -gt 0 ]
	[ "$(value cpu-usec)" -le "$used" ]
}

@test "the last one that ends takes /lx along" {
	started
	! in_unit || skip "it is in a unit"
	one=$c
	started
	lx-stop -k "$one"
	[ -d /sys/fs/cgroup/lx ]
	lx-stop -k "$c"
	no_empty_top
}
