#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the life of a unit does to a container that runs in it, beside starts (unit-start.bats): ends, kills, restarts of the manager
# and of other services, ends of sessions. Services of the host are restarted: for a host that is the tests' own.

# shellcheck disable=SC2154 # dir, c, ... are lib.bash's
load lib

setup_file()
{
	own_host_begin
}

teardown()
{
	[ "${BATS_TEST_COMPLETED:-}" = 1 ] || journalctl -q -n 60 --no-pager "CONTAINER=$c" || :
	test_end
}

unit()
{
	echo "lx@$c.service"
}

# property NAME [UNIT]
property()
{
	systemctl show --value -p "$1" "${2:-$(unit)}"
}

active_is()
{
	same "$1" "$(property ActiveState)"
}

becomes()
{
	wait_for "${2:-10}" active_is "$1"
}

# The unit's control group, in the hierarchy that systemd keeps units in.
group_of()
{
	awk -F: '$2 == "" || $2 == "name=systemd" { g = $3 } END { print g }' "/proc/$1/cgroup"
}

# Ends well: not failed, nothing left of it.
ended()
{
	becomes inactive
	same success "$(property Result)"
	same STOPPED "$(state)"
	gone
}

@test "systemctl start, restart and stop" {
	new
	systemctl start "$(unit)"
	same RUNNING "$(state)"
	init=$(init_pid)
	systemctl restart "$(unit)"
	same RUNNING "$(state)"
	[ "$(init_pid)" != "$init" ]
	systemctl stop "$(unit)"
	ended
}

@test "the unit's status says what the container does" {
	started
	like "*$c*" "$(property Description)"
	[ -n "$(property StatusText)" ]
	systemctl status --no-pager "$(unit)" > "$dir/status"
	grep -q "Status: \"" "$dir/status"
	lx-freeze "$c"
	wait_for 5 eval '[[ $(property StatusText) == *[Ff]rozen* ]]'
	lx-unfreeze "$c"
}

@test "lx-stop leaves the unit inactive, and so does a guest that ends by itself" {
	for how in "lx-stop" "lx-stop -k" "inside poweroff" "inside halt"; do
		new
		lx-start "$c"
		init_is_up
		case $how in
		lx-*) $how "$c" ;;
		*) $how || : ;; # it may be killed before it has ended
		esac
		lx-wait "$c" -s STOPPED -t 200
		ended
	done
}

@test "a container that does not exist, and settings that are wrong, fail the unit with a sentence" {
	c=nobody$tag
	exits 1 systemctl start "lx@$c"
	journalctl --sync
	journalctl -q -u "$(unit)" -o cat | grep -F "$c"
	systemctl reset-failed "$(unit)"

	new
	echo "nonsense" >> "$store/$c/config"
	exits 1 systemctl start "$(unit)"
	journalctl --sync
	journalctl -q -u "$(unit)" -o cat | grep -F "$store/$c/config:"
	refuses "*$store/$c/config:*" lx-start "$c"
}

@test "ten failed starts in a row are not held against the next" {
	new
	set_key container.init /no/such/init
	for _ in $(seq 10); do
		exits 1 lx-start "$c"
	done
	set_key container.init /sbin/init
	lx-start "$c"
	same RUNNING "$(state)"
}

@test "a monitor that is killed fails the unit, takes all with it, and the next start works" {
	started
	init=$(init_pid)
	group=/sys/fs/cgroup$(property ControlGroup)
	[ -e "$group" ] || group=/sys/fs/cgroup/systemd$(property ControlGroup)
	[ -e "$group" ]
	kill -9 "$(monitor_pid)"
	becomes failed
	wait_for 10 dead "$init"
	wait_for 10 test ! -e "$group"
	lx-start "$c"
	same RUNNING "$(state)"
	active_is active
}

@test "systemctl kill of the whole unit, too" {
	started
	systemctl kill -s KILL "$(unit)"
	becomes failed
	wait_for 10 state_is STOPPED
	lx-start "$c"
	inside true
}

@test "daemon-reload and daemon-reexec leave it alone" {
	started
	pid=$(init_pid)
	systemctl daemon-reload
	systemctl daemon-reexec
	active_is active
	same "$pid" "$(init_pid)"
	inside true
	lx-stop "$c"
	ended
}

@test "restarts of dbus, machined, logind and journald leave it alone" {
	started
	pid=$(init_pid)
	for service in dbus systemd-machined systemd-logind systemd-journald; do
		systemctl restart "$service"
		active_is active
		same "$pid" "$(init_pid)"
		inside true
	done
	init_is_up
	inside reboot || : # it may be killed before it has ended
	wait_for 20 eval '[ -n "$(init_pid)" ] && [ "$(init_pid)" != "$pid" ]'
	lx-stop "$c"
	ended
}

@test "without dbus containers start and stop as well" {
	systemctl stop dbus.socket dbus.service
	new
	SECONDS=0
	lx-start "$c" || status=$?
	active=$(property ActiveState) || :
	lx-stop -k "$c"
	took=$SECONDS
	systemctl start dbus.socket dbus.service
	systemctl restart systemd-logind # which does not come back to a bus by itself
	same "" "${status:-}"
	same active "$active"
	[ "$took" -lt 25 ] # the time that a bus is waited for otherwise
}

@test "a login session that ends leaves the containers that it started" {
	new
	systemd-run --quiet --unit="session-$tag" -p PAMName=login -p User=root -p StandardOutput=journal \
		sh -c "lx-start $c && exec sleep infinity"
	wait_for 10 state_is RUNNING
	session=$(loginctl list-sessions --no-legend | awk 'NR == 1 { print $1 }')
	[ -n "$session" ]
	like "*session*" "$(group_of "$(property MainPID "session-$tag.service")")"
	loginctl terminate-session "$session"
	systemctl stop "session-$tag.service" 2> /dev/null || :
	same RUNNING "$(state)"
	active_is active
	inside true
}

@test "limits of the service that starts it are not the container's" {
	new
	systemd-run --quiet --wait -p TasksMax=30 -p LimitNOFILE=77 -p OOMScoreAdjust=500 lx-start "$c"
	inside sh -c 'for i in $(seq 40); do sleep 1 & done; wait'
	[ "$(inside sh -c 'ulimit -n')" != 77 ]
	same 0 "$(cat "/proc/$(init_pid)/oom_score_adj")"
}

@test "ten start and stop side by side" {
	names=
	for _ in $(seq 10); do
		new
		names="$names $c"
	done
	printf '%s\n' $names | xargs -P 10 -n 1 lx-start
	for c in $names; do
		active_is active
		same RUNNING "$(state)"
	done
	printf '%s\n' $names | xargs -P 10 -n 1 lx-stop -k
	for c in $names; do
		ended
	done
}

@test "start right after stop, 6 times, by turns of lx-start and systemctl" {
	new
	for i in $(seq 6); do
		if [ $((i % 2)) = 0 ]; then
			lx-start "$c"
			systemctl stop "$(unit)"
		else
			systemctl start "$(unit)"
			lx-stop -k "$c"
		fi
	done
	ended
}

@test "lx.target holds all of them" {
	started
	first=$c
	started
	systemctl stop lx.target
	wait_for 10 state_is STOPPED "$first"
	ended
}

@test "what a unit costs a start can be measured" {
	command -v python3 > /dev/null || skip "python3 is not installed"
	python3 "$top_srcdir/tests/bench/units" --repeat 1 --format json | jq -r '.[].what' | paste -sd ' ' > "$dir/measured"
	same "direct unit machine" "$(< "$dir/measured")"
}

@test "no unit of the host failed" {
	systemctl reset-failed 'lx@*' 2> /dev/null || :
	same "" "$(systemctl --failed --no-legend --plain)"
}
