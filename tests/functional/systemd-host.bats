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

# Where there are none, as in a container of a host whose controllers are v1's.
need_controllers()
{
	[ -n "$(< /sys/fs/cgroup/cgroup.controllers)" ] || skip "this host's v2 tree has no controllers"
}

# The words of a file of a group, sorted.
words()
{
	tr ' ' '\n' < "/sys/fs/cgroup/$1" | sort | paste -sd ' '
}

# A running container with a limit of every controller.
limited()
{
	need_controllers
	new
	set_key cgroup.memory.max 64M
	set_key cgroup.pids.max 50
	set_key cgroup.cpu.max 50%
	set_key cgroup.cpuset.cpus 0
	set_key cgroup.io.weight 200
	set_key cgroup.cpu.weight 300
	lx-start "$c"
}

limits_hold()
{
	same 67108864 "$(< "$(payload)/memory.max")"
	same 50 "$(< "$(payload)/pids.max")"
	same "50000 100000" "$(< "$(payload)/cpu.max")"
	same 0 "$(< "$(payload)/cpuset.cpus")"
	same "default 200" "$(< "/sys/fs/cgroup$(run_group)/io.weight")"
	same 300 "$(< "/sys/fs/cgroup$(run_group)/cpu.weight")"
	same RUNNING "$(state)"
	inside true
}

@test "controllers reach the payload's group" {
	limited
	same "cpu cpuset io memory pids" "$(words "$(run_group)/payload/cgroup.controllers")"
	same "cpu cpuset io memory pids" "$(words "$(run_group)/cgroup.subtree_control")"
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

# units no|auto: whether systemd starts monitors
units()
{
	printf '[systemd]\nunits = %s\n' "$1" >> "$LX_CONFIG"
}

@test "without units, a service that starts it does not take it along when it ends" {
	units no
	new
	systemd-run --quiet --wait --setenv=LX_CONFIG="$LX_CONFIG" --setenv=PATH="$PATH" lx-start "$c"
	same RUNNING "$(state)"
	same "/lx/$c" "$(run_group)"
	like "*/lx/$c/monitor" "$(sed 's/^0:://' "/proc/$(monitor_pid)/cgroup")"
	lx-stop -k "$c"
	[ ! -e /sys/fs/cgroup/lx ]
	units auto
}

@test "a limit of the starting service is not the container's" {
	need_controllers
	new
	systemd-run --quiet --wait -p TasksMax=30 --setenv=LX_CONFIG="$LX_CONFIG" --setenv=PATH="$PATH" lx-start "$c"
	same max "$(< "$(payload)/pids.max")"
	inside sh -c 'for i in $(seq 40); do sleep 1 & done; wait'
}

# ---- in a unit

started_in_unit()
{
	started
	in_unit || skip "lx@.service is not installed, or is another lx's"
	unit=$(basename "$(run_group)")
}

@test "the groups of a run are those of its unit" {
	started_in_unit
	same "$(systemctl show -P ControlGroup "$unit")" "$(run_group)"
	like "/machine.slice/lx@$c*.service" "$(run_group)"
	same "0::$(run_group)/monitor" "$(grep ^0:: "/proc/$(monitor_pid)/cgroup")"
	same "0::$(run_group)/monitor" "$(grep ^0:: "/proc/$(front_pid)/cgroup")"
	same "0::$(run_group)/payload" "$(grep ^0:: "/proc/$(init_pid)/cgroup")"
	same "" "$(cat "/sys/fs/cgroup$(run_group)/cgroup.procs")"
	[ ! -e /sys/fs/cgroup/lx ]
}

@test "who comes later finds them" {
	started_in_unit
	lx-freeze "$c"
	like "*frozen 1*" "$(< "$(payload)/cgroup.events")"
	lx-unfreeze "$c"
	lx-attach "$c" -- sleep "100.$tag" 3>&- &
	attached=$!
	wait_for 10 pgrep -f "^sleep 100.$tag"
	like "0::$(run_group)/payload*" "$(grep ^0:: "/proc/$(pgrep -f "^sleep 100.$tag")/cgroup")"
	like "*CPU use:*" "$(lx-info "$c")"
	lx-stop -k "$c"
	wait "$attached" || true
}

@test "a reboot keeps the unit and makes the payload anew" {
	started_in_unit
	first=$(stat -c %i "$(payload)")
	monitor=$(monitor_pid)
	lx-stop -r "$c"
	wait_for 10 state_is RUNNING
	same "$monitor" "$(monitor_pid)"
	same active "$(systemctl is-active "$unit")"
	same "0::$(run_group)/payload" "$(grep ^0:: "/proc/$(init_pid)/cgroup")"
	[ "$first" != "$(stat -c %i "$(payload)")" ]
}

@test "systemd shows monitor and payload, and reloads without harm" {
	started_in_unit
	pid=$(init_pid)
	shown=$(systemd-cgls --no-pager -u "$unit")
	like "*monitor*lx-monitord*payload*init*" "${shown//$'\n'/ }"
	systemctl daemon-reload
	systemctl daemon-reexec
	same "$pid" "$(init_pid)"
	same active "$(systemctl is-active "$unit")"
	same "0::$(run_group)/payload" "$(grep ^0:: "/proc/$pid/cgroup")"
	inside true
}

@test "a killed monitor leaves nothing that systemd or lx-gc does not remove" {
	started_in_unit
	group=/sys/fs/cgroup$(run_group)
	init=$(init_pid)
	kill -9 "$(monitor_pid)"
	wait_for 10 dead "$init"
	wait_for 10 test ! -e "$group"
	exits 0 lx-gc "$c"
	same "" "$(grep '^+' "$dir/run/$c/acquired" 2> /dev/null)"
	lx-start "$c"
	inside true
	lx-stop -k "$c"
	wait_for 10 test ! -e "$group"
}

# property KEY WEIGHT-PROPERTY VALUE
weighs()
{
	same "$2" "$(systemctl show -P "$1" "$unit")"
}

@test "systemd is told of weights, and that they are gone" {
	need_controllers
	started_in_unit
	weighs CPUWeight "[not set]"
	lx-stop -k "$c"
	set_key cgroup.cpu.weight 300
	set_key cgroup.io.weight 200
	lx-start "$c"
	weighs CPUWeight 300
	weighs IOWeight 200
	same 300 "$(< "/sys/fs/cgroup$(run_group)/cpu.weight")"
	systemctl daemon-reload
	weighs CPUWeight 300
	lx-stop -k "$c"
	lx-config unset "$c" cgroup.cpu.weight
	lx-start "$c"
	weighs CPUWeight "[not set]"
	weighs IOWeight 200
}

@test "limits of the administrator and of the container both hold" {
	need_controllers
	new
	set_key cgroup.memory.max 64M
	lx-start "$c"
	in_unit || skip "lx@.service is not installed, or is another lx's"
	unit=$(basename "$(run_group)")
	weighs MemoryMax infinity
	weighs TasksMax infinity
	systemctl set-property --runtime "$unit" MemoryMax=40M
	same 67108864 "$(< "$(payload)/memory.max")"
	same 41943040 "$(< "/sys/fs/cgroup$(run_group)/memory.max")"
	lx-stop -r "$c"
	wait_for 10 state_is RUNNING
	weighs MemoryMax 41943040
	systemctl set-property --runtime "$unit" MemoryMax=
}

# ---- the host

@test "no unit of the host failed" {
	same "" "$(systemctl --failed --no-legend --plain)"
	same running "$(systemctl is-system-running --wait)"
}

@test "the host's groups are as before, when the last container is gone" {
	need_controllers
	before=$(words cgroup.subtree_control)
	limited
	lx-destroy -f "$c"
	[ ! -e /sys/fs/cgroup/lx ]
	systemctl daemon-reload
	like "*memory*pids*" "$(words cgroup.subtree_control)"
	like "*memory*pids*" "$before"
}
