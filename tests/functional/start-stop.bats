#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# From STOPPED to RUNNING and back.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

# write_init LINE...: $c gets a script as init.
write_init()
{
	local file=$dir/store/$c/upper/script-init

	printf '%s\n' "$@" > "$file"
	chmod 755 "$file"
	set_key container.init /script-init
}

# It catches the signal, and goes on.
write_deaf_init()
{
	write_init '#!/bin/sh' 'trap : USR2' 'while :; do sleep 1 & wait; done'
}

@test "start boots it, stop shuts it down, nothing stays" {
	new
	same STOPPED "$(state)"
	lx-start "$c"
	same RUNNING "$(state)"
	same init "$(cat "/proc/$(init_pid)/comm")"
	same lx-monitord "$(cat "/proc/$(monitor_pid)/comm")"
	lx-stop "$c"
	same STOPPED "$(state)"
	gone
}

@test "a second start is refused, and harms nothing" {
	started
	pid=$(init_pid)
	refuses "lx-start: $c: the container is RUNNING already" lx-start "$c"
	same "$pid" "$(init_pid)"
	inside true
}

@test "-k kills" {
	started
	lx-stop -k "$c"
	same STOPPED "$(state)"
	gone
}

@test "-W returns before the shutdown is over" {
	new
	write_init '#!/bin/sh' 'trap "until [ -e /run/go ]; do sleep 0.1; done; exit" USR2' 'while :; do sleep 1 & wait; done'
	lx-start "$c"
	lx-stop -W "$c"
	same STOPPING "$(state)"
	inside touch /run/go
	lx-wait "$c" -s STOPPED -t 20 # its timeout is 30
}

@test "-r boots it again, with another init under the same monitor" {
	started
	pid=$(init_pid)
	monitor=$(monitor_pid)
	inside touch /tmp/mark
	inside touch /run/mark
	lx-stop -r "$c"
	same RUNNING "$(state)"
	[ "$(init_pid)" != "$pid" ]
	same "$monitor" "$(monitor_pid)"
	inside test -e /tmp/mark
	fails inside test -e /run/mark
}

@test "an init that does not listen is killed after the timeout" {
	new
	write_deaf_init
	lx-start "$c"
	begin=$SECONDS
	lx-stop -t 1 "$c"
	[ $((SECONDS - begin)) -le 20 ] # that of the configuration is 30
	same STOPPED "$(state)"
}

@test "--nokill leaves it running after the timeout" {
	new
	write_deaf_init
	lx-start "$c"
	refuses "lx-stop: $c: init did not stop in time" lx-stop --nokill -t 1 "$c"
	same RUNNING "$(state)"
	lx-stop -k "$c"
}

@test "-r of an init that does not listen kills it, and boots again" {
	new
	write_deaf_init
	set_key container.reboot-signal SIGUSR2
	lx-start "$c"
	pid=$(init_pid)
	lx-stop -r -t 1 "$c"
	same RUNNING "$(state)"
	[ "$(init_pid)" != "$pid" ]
	refuses "lx-stop: $c: init did not stop in time" lx-stop -r --nokill -t 1 "$c"
	lx-stop -k "$c"
}

# As systemd stops a unit, or a host that shuts down.
@test "a monitor that was told to end is not talked out of it" {
	new
	write_deaf_init
	set_key container.stop-timeout 8s
	lx-start "$c"
	monitor=$(monitor_pid)
	kill -TERM "$monitor"
	wait_for 5 state_is STOPPING
	refuses "lx-stop: $c: the monitor was told to end, *" lx-stop -r "$c"
	lx-stop -W --nokill -t 1000 "$c"
	wait_for 10 state_is STOPPED
	wait_for 5 dead "$monitor"
	gone
}

@test "container.stop-timeout is the timeout" {
	new
	write_deaf_init
	set_key container.stop-timeout 1s
	lx-start "$c"
	begin=$SECONDS
	lx-stop "$c"
	[ $((SECONDS - begin)) -le 20 ] # that of the configuration is 30
}

@test "lx-stop says 2 when it is not running, 1 when there is none" {
	new
	exits 2 lx-stop "$c"
	same "lx-stop: container $c is not running" "$stderr"
	exits 1 lx-stop no-such-container
}

@test "halt inside stops it" {
	started
	inside halt -f || true
	lx-wait "$c" -s STOPPED -t 100
	gone
}

@test "a clean halt inside stops it" {
	started
	init_is_up
	inside poweroff || true # it may be killed before it has ended
	lx-wait "$c" -s STOPPED -t 100
	gone
}

@test "reboot inside boots it again" {
	started
	pid=$(init_pid)
	inside reboot -f || true
	wait_for 5 eval '[ "$(init_pid)" != "$pid" ] && state_is RUNNING'
	init_is_up
	pid=$(init_pid)
	inside reboot || true
	wait_for 10 eval '[ "$(init_pid)" != "$pid" ] && state_is RUNNING'
	inside true
}

@test "an init that ends at once is an error of a start that waits for more" {
	new
	write_init '#!/bin/sh' 'exit 3'
	exits 1 lx-start --wait=ready "$c"
	like "lx-start: $c: *" "$stderr" # before or after it was told to be running
	same STOPPED "$(state)"
	gone
}

@test "a missing init is an error that names it and its key" {
	new
	set_key container.init /sbin/no-such-init
	refuses "lx-start: $c: init: init /sbin/no-such-init in the root file system: No such file or directory; see *store/$c/config:*" lx-start "$c"
	same STOPPED "$(state)"
	gone
}

@test "an init that is no program is an error" {
	new
	write_init nonsense
	refuses "lx-start: $c: exec: *script-init*Exec format error*" lx-start "$c"
	chmod 644 "$dir/store/$c/upper/script-init"
	refuses "lx-start: $c: *script-init*ermission denied*" lx-start "$c"
	gone
}

@test "stop, then start, 20 times without a race" {
	started
	for _ in $(seq 20); do
		lx-stop -k "$c"
		lx-start "$c"
	done
	same RUNNING "$(state)"
}

@test "ten start side by side" {
	names=
	for _ in $(seq 10); do
		new
		names="$names $c"
	done
	jobs=
	for name in $names; do
		lx-start "$name" 3>&- &
		jobs="$jobs $!"
	done
	for job in $jobs; do
		wait "$job"
	done
	for name in $names; do
		state_is RUNNING "$name"
	done
	# shellcheck disable=SC2086 # a list of words
	lx-stop -k $names
	for name in $names; do
		state_is STOPPED "$name"
	done
}

@test "two who start it at the same time: one wins, one is told so" {
	new
	lx-start "$c" 2> "$dir/first" 3>&- &
	first=$!
	one=0 two=0
	lx-start "$c" 2> "$dir/second" || two=$?
	wait "$first" || one=$?
	same 1 "$((one + two))"
	same 1 "$(cat "$dir/first" "$dir/second" | wc -l)"
	like "lx-start: $c: *already*" "$(cat "$dir/first" "$dir/second" | sed 's/another command is working/already/')"
	same RUNNING "$(state)"
}

@test "a command in place of init" {
	new
	lx-start "$c" -- /bin/sleep 1000
	same sleep "$(cat "/proc/$(init_pid)/comm")"
	lx-stop -k "$c"
}

@test "in the foreground its console is on our streams and its end ours" {
	new
	exits 0 lx-start -F "$c" -- /bin/echo "from inside"
	like "*from inside*" "$output"
	same STOPPED "$(state)"
	for _ in $(seq 20); do
		exits 0 lx-start -F "$c" -- /bin/true
	done
}

@test "the plan is printed, and nothing is done" {
	new
	exits 0 lx-start --dry-run "$c"
	like "*/sbin/init*" "$output"
	same STOPPED "$(state)"
	gone
}

@test "the plan of a running container leaves its root alone" {
	new
	lx-start "$c"
	warned=$(dmesg 2> /dev/null | grep -c 'in-use as upperdir' || :)
	exits 0 lx-start --dry-run "$c"
	like "*init busybox*" "$output"
	[ "$(dmesg 2> /dev/null | grep -c 'in-use as upperdir' || :)" -le "$warned" ]
	inside touch /after
	same RUNNING "$(state)"
}

@test "the pid file has the monitor" {
	new
	lx-start -p "$dir/pid" "$c"
	same "$(monitor_pid)" "$(cat "$dir/pid")"
	rm "$dir/pid"
}

@test "keys on the command line are for this start only" {
	new
	lx-start -s container.hostname=other "$c"
	same other "$(inside hostname)"
	lx-stop -k "$c"
	lx-start "$c"
	same "$c" "$(inside hostname)"
}

@test "no descriptor of the caller reaches the container or its monitor" {
	new
	exec 7< /etc/hostname 8< "$dir"
	lx-start "$c"
	init_is_up
	exec 7<&- 8<&-
	ls -l "/proc/$(monitor_pid)/fd" > "$dir/monitor-fds"
	fails grep -e /etc/hostname -e "$dir\$" "$dir/monitor-fds"
	same "0 1 2" "$(ls "/proc/$(init_pid)/fd" | sort -n | head -n 3 | xargs)"
	fails grep -v -e ' -> /dev/pts/0$' -e ^total <(ls -l "/proc/$(init_pid)/fd")
}
