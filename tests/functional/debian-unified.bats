#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# A Debian guest on a host with cgroup v2 alone: its systemd has a part of the tree for itself, with controllers in it.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

setup_file()
{
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || { skip_file "needs cgroup v2 alone"; return; }
	file_begin
	[ -n "${dir:-}" ] || return 0
	export BATS_TEST_TIMEOUT=1800
	export web=web$tag
	export kept=$web
	lx-create "$web" -t debian -- --release bookworm > "$dir/create" 2>&1 || {
		if grep -qE 'no mirror of Debian|debootstrap' "$dir/create"; then
			skip_file "no image, and nothing to build one: $(tail -n 1 "$dir/create")"
			return 0
		fi
		cat "$dir/create" >&2
		return 1
	}
	lx-config set "$web" cgroup.memory.max 1G
	lx-config set "$web" cgroup.pids.max 500
	lx-start --wait=ready --timeout 300s "$web"
}

setup()
{
	test_begin
	c=$web
}

# unit PROPERTY... -- COMMAND...: its output, as a service inside
unit()
{
	local properties=()

	while [ "$1" != -- ]; do
		properties+=(-p "$1")
		shift
	done
	shift
	inside systemd-run --quiet --wait --collect --pipe "${properties[@]}" "$@"
}

# The file of the unit's own group.
own()
{
	unit "$1" -- sh -c "cat /sys/fs/cgroup\$(sed 's/^0:://' /proc/self/cgroup)/$2"
}

@test "it boots, and no unit has failed" {
	same running "$(inside systemctl is-system-running --wait)"
	same "" "$(inside systemctl --failed --no-legend --plain)"
	same READY "$(lx-info --format=json "$c" | sed -n 's/.*"ready": true.*/READY/p')"
}

@test "its view is the v2 tree, from its own group on" {
	same cgroup2fs "$(inside stat -f -c %T /sys/fs/cgroup)"
	same "0::/init.scope" "$(inside cat /proc/1/cgroup)"
	like "*memory*" "$(inside cat /sys/fs/cgroup/cgroup.controllers)"
	same 1 "$(inside grep -c cgroup /proc/self/mounts)"
	[ -d "$(payload)/system.slice" ]
}

@test "its units get their limits" {
	same 41943040 "$(own MemoryMax=40M memory.max)"
	same 17 "$(own TasksMax=17 pids.max)"
	same "20000 100000" "$(own CPUQuota=20% cpu.max)"
	same 0 "$(own AllowedCPUs=0 cpuset.cpus)"
	like "*default 50*" "$(own IOWeight=50 io.weight)"
}

@test "the kernel enforces them" {
	fails unit MemoryMax=20M MemorySwapMax=0 -- sh -c 'head -c 100M /dev/zero | tail -n 1 > /dev/null'
	fails unit TasksMax=5 -- sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 3 & done' 2> /dev/null
	same running "$(inside systemctl is-system-running)"
}

@test "its root cannot lift the limits of its own group" {
	fails inside sh -c 'echo max > /sys/fs/cgroup/memory.max' 2> /dev/null
	fails inside sh -c 'echo max > /sys/fs/cgroup/pids.max' 2> /dev/null
	same 1073741824 "$(< "$(payload)/memory.max")"
	same 500 "$(< "$(payload)/pids.max")"
}

@test "a service with its own devices, a user of its own, a group to delegate" {
	unit PrivateDevices=yes -- test -c /dev/null
	unit DynamicUser=yes -- true
	unit Delegate=yes User=nobody -- sh -c 'g=/sys/fs/cgroup$(sed s/^0::// /proc/self/cgroup); mkdir $g/sub && rmdir $g/sub'
	same running "$(inside systemctl is-system-running)"
}

@test "freezing a unit inside, and all of it" {
	inside systemd-run --quiet --unit=sleeper sleep 1000
	inside systemctl freeze sleeper
	like "*frozen 1*" "$(cat "$(payload)/system.slice/sleeper.service/cgroup.events")"
	inside systemctl thaw sleeper
	lx-freeze "$c"
	like "*frozen 1*" "$(cat "$(payload)/cgroup.events")"
	lx-unfreeze "$c"
	inside systemctl stop sleeper
}

@test "the host's systemd takes nothing away" {
	[ -d /run/systemd/system ] || skip "systemd is not the host's manager"
	systemctl daemon-reload
	same 41943040 "$(own MemoryMax=40M memory.max)"
	same 0 "$(own AllowedCPUs=0 cpuset.cpus)"
	same 1073741824 "$(< "$(payload)/memory.max")"
}

@test "a clean shutdown leaves no group" {
	lx-stop -t 120 "$c"
	fails grep -i 'did not stop in time' "$dir/log/$c.log"
	gone
	no_empty_top
}
