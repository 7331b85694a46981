#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers as units of systemd: lx@NAME.service. They are those of the host's own settings, as an administrator has them, and
# services of the host are restarted: for a host that is the tests' own.

# shellcheck disable=SC2154 # dir, c, ... are lib.bash's
load lib

setup_file()
{
	own_host_begin
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

@test "lx-start has systemd start the monitor, as a unit in machine.slice" {
	started
	active_is active
	same running "$(property SubState)"
	same "$(monitor_pid)" "$(property MainPID)"
	same machine.slice "$(property Slice)"
	group=$(property ControlGroup)
	like "/machine.slice/*$(unit)" "$group"
	same "$group/monitor" "$(group_of "$(monitor_pid)")"
	like "$group/payload*" "$(group_of "$(init_pid)")"
	inside true
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
		case $how in
		lx-*) $how "$c" ;;
		*) $how ;;
		esac
		lx-wait "$c" -s STOPPED -t 20
		ended
	done
}

@test "a start that fails says why in the unit's status, and to the caller" {
	new
	set_key container.init /no/such/init
	refuses "lx-start: $c: *" lx-start "$c"
	said=${stderr#lx-start: }
	becomes failed
	systemctl status --no-pager --full "$(unit)" > "$dir/status" || :
	grep -F "/no/such/init" "$dir/status"
	journalctl -q -u "$(unit)" -o cat | grep -F "/no/such/init"

	exits 1 systemctl start "$(unit)"
	becomes failed
	journalctl -q -u "$(unit)" -o cat -n 20 | grep -F "${said#*: }"
	gone

	# and it is no obstacle to the next one
	set_key container.init /sbin/init
	lx-start "$c"
	active_is active
}

@test "a container that does not exist, and settings that are wrong, fail the unit with a sentence" {
	c=nobody$tag
	exits 1 systemctl start "lx@$c"
	journalctl -q -u "$(unit)" -o cat | grep -F "$c"
	systemctl reset-failed "$(unit)"

	new
	echo "nonsense" >> "$store/$c/config"
	exits 1 systemctl start "$(unit)"
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

@test "a second start is refused, by lx-start and by systemctl alike, and harms nothing" {
	started
	pid=$(init_pid)
	refuses "lx-start: $c: the container is RUNNING already" lx-start "$c"
	systemctl start "$(unit)" # it is active
	same "$pid" "$(init_pid)"
}

@test "a reboot inside is the same unit and the same monitor" {
	started
	monitor=$(monitor_pid)
	init=$(init_pid)
	id=$(property InvocationID)
	inside reboot
	wait_for 20 eval '[ -n "$(init_pid)" ] && [ "$(init_pid)" != "$init" ]'
	same "$monitor" "$(property MainPID)"
	same "$id" "$(property InvocationID)"
	active_is active
}

@test "a monitor that is killed fails the unit, takes all with it, and the next start works" {
	started
	init=$(init_pid)
	group=/sys/fs/cgroup$(property ControlGroup)
	kill -9 "$(monitor_pid)"
	becomes failed
	wait_for 10 dead "$init"
	wait_for 10 eval '[ ! -e "$group" ]'
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
	for service in systemd-machined systemd-logind systemd-journald dbus; do
		systemctl restart "$service"
		active_is active
		same "$pid" "$(init_pid)"
		inside true
	done
	inside reboot
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
	same "" "${status:-}"
	same active "$active"
	[ "$took" -lt 10 ]
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
	printf '%s\n' $names | xargs -P 10 -n 1 lx-stop
	for c in $names; do
		ended
	done
}

@test "start right after stop, 10 times, by turns of lx-start and systemctl" {
	new
	for i in $(seq 10); do
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

@test "in the foreground, and of one command, the exit code and the streams are the caller's" {
	new
	exits 7 lx-execute "$c" -- sh -c 'echo to-out; echo to-err >&2; exit 7'
	same to-out "$output"
	like "*to-err*" "$stderr"
	becomes inactive
	same hello "$(echo hello | lx-execute "$c" -- cat)"
}

@test "lx-stop of a unit that systemctl stops at the same time: both are content" {
	started
	systemctl stop --no-block "$(unit)"
	lx-stop "$c" || [ $? = 2 ] # it may be over
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

@test "lx-autostart.service starts and stops in order" {
	new
	set_key start.auto yes
	first=$c
	new
	set_key start.auto yes
	set_key container.after "$first"
	second=$c
	new
	other=$c

	systemctl start lx-autostart.service
	same RUNNING "$(state "$first")"
	same RUNNING "$(state "$second")"
	same STOPPED "$(state "$other")"
	started_at() { systemctl show --value -p ActiveEnterTimestampMonotonic "lx@$1.service"; }
	[ "$(started_at "$first")" -lt "$(started_at "$second")" ]

	systemctl stop lx-autostart.service
	same STOPPED "$(state "$first")"
	same STOPPED "$(state "$second")"
	stopped_at() { systemctl show --value -p InactiveEnterTimestampMonotonic "lx@$1.service"; }
	[ "$(stopped_at "$second")" -le "$(stopped_at "$first")" ]
	for c in "$first" "$second"; do
		same success "$(property Result)"
	done
}

@test "nobody but the manager may pretend to be the monitor, or the caller" {
	new
	ls -ld /run/lx/units 2> /dev/null | grep '^drwx------' || [ ! -e /run/lx/units ]
}

@test "no unit of the host failed" {
	systemctl reset-failed 'lx@*' 2> /dev/null || :
	same "" "$(systemctl --failed --no-legend --plain)"
}
