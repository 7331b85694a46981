#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs that are killed: containers end or go on as they should, and what is left is found and removed.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

# kill_group SIGNAL: what a monitor's death leaves of a container is what these tests are about.
groups()
{
	find /sys/fs/cgroup -type d -name "$c" 2> /dev/null
}

# A monitor that was killed could not remove its groups: the next who comes does.
kill_monitor()
{
	local monitor init

	monitor=$(monitor_pid)
	init=$(init_pid)
	kill -9 "$monitor"
	wait_for 5 dead "$init" # the kernel kills init with its monitor
	wait_for 5 dead "$monitor"
}

@test "a killed lx-start leaves the container to its monitor" {
	new
	lx-start --wait=ready "$c" 3>&- &
	starter=$!
	wait_for 5 state_is RUNNING
	kill -9 "$starter" || true
	wait "$starter" || true
	same RUNNING "$(state)"
	inside true
	lx-stop -k "$c"
	gone
}

@test "lx-start killed at any moment: the container runs, or not at all" {
	new
	for pause in 0 0.001 0.002 0.004 0.006 0.008 0.01 0.015 0.02 0.03; do
		lx-start "$c" 3>&- &
		sleep "$pause"
		kill -9 $! 2> /dev/null || true
		wait $! || true
		wait_for 5 eval 'state_is RUNNING || lx-start "$c"'
		inside true
		lx-stop -k "$c"
	done
	gone
}

@test "a container of the same name in another lx.conf is not taken for what a killed monitor left" {
	started
	mkdir "$dir/other"
	sed "s|^containers = .*|containers = $dir/other/store|; s|^run = .*|run = $dir/other/run|" "$LX_CONFIG" > "$dir/other.conf"
	LX_CONFIG=$dir/other.conf lx-create "$c" -t busybox
	LX_CONFIG=$dir/other.conf exits 1 lx-start "$c"
	like "*still has processes*" "$stderr"
	LX_CONFIG=$dir/other.conf lx-destroy -f "$c"
	same RUNNING "$(state)"
	inside true
	lx-stop -k "$c"
}

@test "a killed monitor takes its container along, the next start works" {
	started
	kill_monitor
	same STOPPED "$(state)"
	[ -n "$(groups)" ]
	lx-start "$c"
	inside true
	lx-stop -k "$c"
	gone
}

@test "lx-gc removes what a killed monitor left, and says so" {
	started
	kill_monitor
	[ -n "$(groups)" ]
	exits 0 lx-gc "$c"
	like "*$c*" "$output"
	gone
	exits 0 lx-gc "$c"
	same "" "$output"
	same STOPPED "$(state)"
}

@test "lx-destroy removes it as well" {
	started
	kill_monitor
	lx-destroy "$c"
	gone
	fails lx-info "$c"
}

@test "lx-gc leaves those alone that run" {
	started
	pid=$(init_pid)
	exits 0 lx-gc
	same "" "$output"
	same "$pid" "$(init_pid)"
	inside true
}

@test "a monitor killed at any moment of a start" {
	new
	for pause in 0.002 0.004 0.006 0.008 0.01 0.012 0.015 0.02 0.03; do
		lx-start "$c" 2> /dev/null 3>&- &
		sleep "$pause"
		pkill -9 -f "lx-monitord $dir/store $c\$" || true
		wait $! || true
		# on a slow machine there may have been nothing to kill yet
		if state_is RUNNING; then lx-stop -k "$c" || true; fi
		wait_for 5 state_is STOPPED
		lx-start "$c"
		inside true
		lx-stop -k "$c"
	done
	gone
}

@test "links of a killed run are gone with the next start" {
	need_bridge
	new
	lx-start "$c"
	link=$(lx-info -S "$c" | sed -n 's/^Link: *//p')
	[ -n "$link" ]
	[ -e "/sys/class/net/$link" ]
	kill_monitor
	wait_for 5 test ! -e "/sys/class/net/$link" # it goes with its peer's namespace
	lx-start "$c"
	[ -e "/sys/class/net/$link" ]
	lx-stop -k "$c"
	[ ! -e "/sys/class/net/$link" ]
	printf '[network eth0]\ntype = empty\n' > "$dir/etc/default.conf"
}

@test "SIGTERM to the monitor is a clean shutdown" {
	new
	printf '#!/bin/sh\necho clean > /root/shutdown\n' > "$dir/store/$c/upper/rcK"
	lx-start "$c"
	inside sh -c 'cp /rcK /etc/init.d/S99test; chmod 755 /etc/init.d/S99test'
	monitor=$(monitor_pid)
	kill -TERM "$monitor"
	lx-wait "$c" -s STOPPED -t 100
	same clean "$(cat "$dir/store/$c/upper/root/shutdown")"
	gone
}

@test "a second SIGTERM kills" {
	new
	printf '#!/bin/sh\ntrap : USR2\nwhile :; do sleep 1 & wait; done\n' > "$dir/store/$c/upper/deaf"
	chmod 755 "$dir/store/$c/upper/deaf"
	set_key container.init /deaf
	lx-start "$c"
	kill -TERM "$(monitor_pid)"
	wait_for 2 state_is STOPPING
	kill -TERM "$(monitor_pid)"
	lx-wait "$c" -s STOPPED -t 20 # its timeout is 30
	gone
}

@test "SIGHUP does nothing to the monitor" {
	started
	kill -HUP "$(monitor_pid)"
	sleep 0.1
	same RUNNING "$(state)"
	inside true
}

@test "a stopped lx-stop, killed, leaves a shutdown that goes on" {
	new
	mkdir -p "$dir/store/$c/upper/etc/init.d"
	printf '#!/bin/sh\nwhile [ "$1" = stop ] && [ ! -e /run/go ]; do sleep 0.1; done\n' > "$dir/store/$c/upper/etc/init.d/S10test"
	chmod 755 "$dir/store/$c/upper/etc/init.d/S10test"
	lx-start "$c"
	init_is_up
	lx-stop "$c" 3>&- &
	wait_for 5 state_is STOPPING
	kill -9 $!
	wait $! || true
	inside touch /run/go
	lx-wait "$c" -s STOPPED -t 20
	gone
}

@test "a run directory that is gone does not keep it from being seen and stopped" {
	started
	monitor=$(monitor_pid)
	kill -TERM "$monitor"
	wait_for 10 dead "$monitor"
	rm -rf "${dir:?}/run/$c"
	same STOPPED "$(state)"
	lx-start "$c"
	inside true
}

@test "a state file of nonsense is no state" {
	started
	lx-stop -k "$c"
	head -c 300 /dev/urandom > "$dir/run/$c/state"
	head -c 300 /dev/urandom > "$dir/run/$c/acquired"
	same STOPPED "$(state)"
	lx-start "$c"
	inside true
}
