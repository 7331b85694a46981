#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# READY: what a container has to do for it ([ready] sections), and who waits for it.

# shellcheck disable=SC2154 # dir, c, stderr are lib.bash's
load lib

# probe KEY VALUE: of $c; often enough for a test
probe()
{
	lx-config set "$c" "ready.app.$1" "$2"
	lx-config set "$c" ready.app.interval 100ms
}

# of $c, which must not run: files of the guest as they lie on disk
upper()
{
	printf %s "$dir/store/$c/upper"
}

# at_boot TEXT: a script of the guest, run when it boots
at_boot()
{
	mkdir -p "$(upper)/etc/init.d"
	printf '#!/bin/sh\n[ "$1" = start ] || exit 0\n%s\n' "$1" > "$(upper)/etc/init.d/S10test"
	chmod 755 "$(upper)/etc/init.d/S10test"
}

log_has()
{
	grep -q -- "$1" "$dir/log/$c.log"
}

waits_for()
{
	lx-info "$c" | grep -qF "(waiting for $1)"
}

# count WORD: processes of the container with that command line
count()
{
	pgrep -cf -- "$1" || true
}

is_gone()
{
	[ "$(count "$1")" = 0 ]
}

@test "a file" {
	new
	set_key monitor.log-level info
	probe file /run/app/ready
	lx-start "$c"
	wait_for 10 waits_for "file /run/app/ready"
	exits 1 lx-wait -s READY -t 500ms "$c"
	same "lx-wait: $c: it was not ready in time, and waits for file /run/app/ready" "$stderr"
	like "*Ready: *false (waiting for file /run/app/ready)*" "$(lx-info "$c")"
	like '*"ready": false*"waiting-for": "file /run/app/ready"*' "$(lx-info --format=json "$c" | tr '\n' ' ')"
	inside sh -c 'mkdir /run/app; touch /run/app/ready'
	lx-wait -s READY -t 100 "$c"
	lx-wait -s READY -t 0 "$c"
	like "*Ready: *true*Boot time: *" "$(lx-info "$c" | tr '\n' ' ')"
	like '*"ready": true*"waiting-for": null*' "$(lx-info --format=json "$c" | tr '\n' ' ')"
	log_has "file /run/app/ready has succeeded"
	# once is enough
	inside rm /run/app/ready
	sleep 0.3
	lx-wait -s READY -t 0 "$c"
}

@test "a port: of either loopback address, or of another one" {
	local address

	for address in "" 127.0.0.1: '[::1]:' 127.0.0.2:; do
		new
		probe tcp "${address}8080"
		at_boot 'sleep 0.5; httpd -p 127.0.0.1:8080; httpd -p 127.0.0.2:8080'
		[ "$address" != '[::1]:' ] || at_boot 'sleep 0.5; httpd -p [::1]:8080'
		exits 0 lx-start --wait=ready --timeout 100 "$c"
		lx-destroy -f "$c"
	done

	new
	probe tcp 8080
	at_boot 'httpd -p [::1]:8080'
	exits 0 lx-start --wait=ready --timeout 100 "$c"
}

@test "a port where nobody listens" {
	new
	probe tcp 127.0.0.2:8080
	set_key monitor.log-level debug
	at_boot 'httpd -p 127.0.0.1:8080'
	# the start itself takes a part of it
	exits 1 lx-start --wait=ready --timeout 5s "$c"
	same "lx-start: $c: it was not ready in time, and waits for tcp 127.0.0.2:8080" "$stderr"
	state_is RUNNING
	wait_for 10 log_has "tcp 127.0.0.2:8080: Connection refused"
}

@test "a command" {
	new
	set_key monitor.log-level debug
	probe command "/bin/sh -c 'printf noi%s se; printf noi%s se >&2; read line; test -e /run/\"up here\"'"
	lx-start "$c"
	wait_for 10 log_has "exit code 1"
	exits 1 lx-wait -s READY -t 0 "$c"
	inside touch '/run/up here'
	lx-wait -s READY -t 100 "$c"
	fails grep -q noise "$dir/log/$c.log" "$dir/log/$c.console"
}

@test "a command that is not there, or no program" {
	new
	set_key monitor.log-level debug
	probe command /usr/bin/pg_isready
	lx-start "$c"
	wait_for 10 log_has "command /usr/bin/pg_isready: there is no /usr/bin/pg_isready in the container"
	inside sh -c 'echo data > /usr/bin/pg_isready'
	wait_for 10 log_has "command /usr/bin/pg_isready: .*Permission denied"
	inside sh -c 'printf "#!/bin/sh\nexit 0\n" > /usr/bin/pg_isready; chmod 755 /usr/bin/pg_isready'
	lx-wait -s READY -t 100 "$c"
}

@test "several are asked one after the other" {
	new
	set_key monitor.log-level info
	probe file /run/one
	lx-config set "$c" ready.second.command "/bin/touch /run/asked"
	lx-start "$c"
	sleep 0.5
	fails inside test -e /run/asked
	inside touch /run/one
	lx-wait -s READY -t 100 "$c"
	inside test -e /run/asked
	same "$(printf 'file /run/one\ncommand /bin/touch /run/asked')" "$(sed -n 's/.*: \(.*\) has succeeded/\1/p' "$dir/log/$c.log")"
}

@test "an attempt that hangs is killed with all that it has started" {
	new
	set_key monitor.log-level debug
	probe command "/bin/sh -c 'for i in 1 2 3; do setsid sleep 4242.$tag & done; echo x >> /run/attempts; sleep 4242.$tag'"
	set_key ready.app.timeout 400ms
	lx-start "$c"
	wait_for 20 log_has "it took too long"
	wait_for 20 inside sh -c 'test "$(wc -l < /run/attempts)" -ge 3'
	# never those of two attempts
	for _ in 1 2 3 4 5 6; do
		[ "$(count "^sleep 4242.$tag")" -le 4 ]
		sleep 0.1
	done
	state_is RUNNING
	lx-stop "$c"
	same 0 "$(count "4242.$tag")"
}

@test "what a command leaves behind ends with it" {
	new
	probe command "/bin/sh -c 'setsid sleep 4243.$tag & exit 0'"
	lx-start --wait=ready --timeout 100 "$c"
	wait_for 5 is_gone "4243.$tag"
}

@test "each boot is asked anew" {
	new
	probe file /run/app
	at_boot '[ -e /var/later ] || touch /run/app; touch /var/later'
	lx-start --wait=ready --timeout 100 "$c"
	wait_for 10 inside test -e /var/later
	lx-stop -r "$c"
	exits 1 lx-wait -s READY -t 500ms "$c"
	inside touch /run/app
	lx-wait -s READY -t 100 "$c"
}

@test "a guest that reboots by itself while it is asked" {
	new
	probe command "/bin/sh -c 'test -e /var/app || sleep 4250.$tag'"
	# longer than the guest takes to go down, which ends the attempt: the next one is another boot's
	set_key ready.app.interval 1h
	set_key ready.app.timeout 1h
	at_boot 'touch /run/booted'
	lx-start "$c"
	wait_for 10 pgrep -f "^sleep 4250.$tag"
	wait_for 10 inside test -e /run/booted
	inside touch /var/app
	before=$(init_pid)
	inside reboot || : # it may be killed before it has ended
	exits 0 lx-wait -s READY -t 100 "$c"
	[ "$(init_pid)" != "$before" ]
	is_gone "^sleep 4250.$tag"
}

@test "calls of a probe are answered where those of the container are" {
	new
	set_key security.intercept.mknod yes
	probe command "/bin/sh -c 'rm -f /run/null; mknod /run/null c 1 3 && echo x > /run/null'"
	exits 0 lx-start --wait=ready --timeout 100 "$c"
}

@test "time stands still while the container is frozen" {
	new
	set_key monitor.log-level debug
	probe command "/bin/sh -c 'echo x >> /run/attempts; while [ ! -e /run/go ]; do sleep 0.1; done'"
	# it has all of this, but for the time that it is frozen
	set_key ready.app.timeout 10s
	lx-start "$c"
	wait_for 10 inside test -e /run/attempts
	lx-freeze "$c"
	exits 1 lx-wait -s READY -t 11 "$c"
	lx-unfreeze "$c"
	inside touch /run/go
	lx-wait -s READY -t 100 "$c"
	same 1 "$(inside cat /run/attempts | wc -l)"
	fails log_has "it took too long"
}

@test "nothing is asked of a frozen container" {
	new
	probe command "/bin/sh -c 'echo x >> /run/attempts; exit 1'"
	lx-start "$c"
	wait_for 10 inside test -e /run/attempts
	lx-freeze "$c"
	before=$(wc -l < "/proc/$(init_pid)/root/run/attempts")
	sleep 0.5
	same "$before" "$(wc -l < "/proc/$(init_pid)/root/run/attempts")"
	lx-unfreeze "$c"
	wait_for 10 inside sh -c "test \$(wc -l < /run/attempts) -gt $((before + 1))"
}

@test "a stop while an attempt is under way" {
	for how in "" -k; do
		new
		probe command "/bin/sh -c 'trap \"\" TERM; setsid sleep 4244.$tag & touch /run/asked; sleep 4244.$tag; sleep 4244.$tag'"
		set_key ready.app.timeout 1h
		lx-start "$c"
		wait_for 10 inside test -e /run/asked
		[ "$(count "4244.$tag")" -gt 0 ]
		# shellcheck disable=SC2086 # an option, or none
		exits 0 lx-stop $how "$c"
		state_is STOPPED
		same 0 "$(count "4244.$tag")"
	done
}

@test "a stop while it is frozen, with an attempt under way" {
	new
	probe command "/bin/sleep 4245.$tag"
	set_key ready.app.timeout 1h
	lx-start "$c"
	wait_for 10 pgrep -f "sleep 4245.$tag"
	lx-freeze "$c"
	exits 0 lx-stop "$c"
	same 0 "$(count "4245.$tag")"
}

@test "the monitor that is killed takes the attempt with it" {
	new
	probe command "/bin/sh -c 'setsid sleep 4246.$tag & sleep 4246.$tag'"
	set_key ready.app.timeout 1h
	lx-start "$c"
	wait_for 10 pgrep -f "sleep 4246.$tag"
	kill -9 "$(monitor_pid)"
	wait_for 10 state_is STOPPED
	wait_for 10 is_gone "4246.$tag"
	lx-gc "$c"
}

@test "who waits hears that it stops before" {
	new
	probe file /run/never
	lx-start "$c"
	lx-wait -s READY "$c" 2> "$dir/waited" 3>&- &
	waiter=$!
	wait_for 5 has_asked "$waiter"
	lx-stop "$c"
	status=0
	wait "$waiter" || status=$?
	same 1 "$status"
	same "lx-wait: $c: the container stopped before it was ready; see its console's log" "$(cat "$dir/waited")"
	# and who waits for that, too, has what was waited for
	lx-start "$c"
	lx-wait -s 'READY|STOPPED' "$c" 3>&- &
	waiter=$!
	wait_for 5 has_asked "$waiter"
	lx-stop "$c"
	wait "$waiter"

	# nor does it become ready when it can say nothing more
	lx-start "$c"
	lx-wait -s READY "$c" 2> "$dir/waited" 3>&- &
	waiter=$!
	wait_for 5 has_asked "$waiter"
	front=$(front_pid)
	kill -9 "$front" # this cuts the connection, and is no end
	wait_for 5 eval '[ "$(front_pid)" != "$front" ] && inside true && has_asked "$waiter"'
	kill -9 "$(monitor_pid)"
	status=0
	wait "$waiter" || status=$?
	same 1 "$status"
	grep -q "the container stopped before it was ready" "$dir/waited"
}

@test "on a terminal the probe is shown, and wiped away" {
	command -v script > /dev/null || skip "script is not installed"
	new
	probe file /run/app
	script -qec "stty cols 40; lx-start --wait=ready --timeout 100s $c" /dev/null < /dev/null > "$dir/typed" 3>&- &
	waiter=$!
	wait_for 10 grep -q 'waiting for file /run/a' "$dir/typed"
	inside touch /run/app
	wait "$waiter"
	like $'*\r\e[K' "$(tr -d '\n' < "$dir/typed")"
	# no line of it is wider than the terminal
	same "" "$(tr '\r' '\n' < "$dir/typed" | sed 's/\x1b\[K//g' | grep -E '.{40}')"
}

@test "a privileged container" {
	new
	set_key container.privileged yes
	probe command "/bin/sh -c 'test \$(cat /run/go)'"
	lx-config set "$c" ready.web.tcp 8080
	at_boot 'httpd -p 8080; echo 1 > /run/go'
	exits 0 lx-start --wait=ready --timeout 100 "$c"
}

@test "one that shares the host's processes" {
	new
	set_key container.privileged yes
	set_key namespace.pid host
	set_key container.init "/bin/sh -c 'exec sleep 4248.$tag'"
	probe command "/bin/sh -c 'setsid sleep 4247.$tag & sleep 4247.$tag'"
	lx-start "$c"
	wait_for 10 pgrep -f "sleep 4247.$tag"
	lx-stop -k "$c"
	wait_for 10 is_gone "4247.$tag"
}

@test "lx-execute asks nothing" {
	new
	set_key monitor.log-level debug
	probe command "/bin/touch /run/asked"
	exits 1 lx-execute "$c" -- sh -c 'sleep 0.5; test -e /run/asked'
	fails log_has "/bin/touch"
}

@test "what cannot be a probe is refused" {
	new
	refuses "*a port from 1 to 65535*" lx-config set "$c" ready.app.tcp 0
	refuses "*a port from 1 to 65535*" lx-config set "$c" ready.app.tcp localhost:80
	refuses "*absolute path*" lx-config set "$c" ready.app.command pg_isready
	refuses "*100ms*" lx-config set "$c" ready.app.interval 1ms
	lx-config set "$c" ready.app.interval 2s
	refuses "*\\[ready app]: a probe needs command, tcp or file" lx-start "$c"
	lx-config set "$c" ready.app.tcp 80
	refuses "*command, tcp and file exclude each other*" lx-config set "$c" ready.app.file /run/x
}

@test "systemd's unit has started when the container is ready" {
	[ -d /run/systemd/system ] || skip "systemd is not process 1 here"
	new
	probe file /run/app
	lx-start "$c"
	unit=$(sed -n 's/.*\/\(lx@[^/]*\.service\).*/\1/p' "/proc/$(monitor_pid)/cgroup" | head -n 1)
	[ -n "$unit" ] || skip "containers are not units here"
	same activating "$(systemctl show -P ActiveState "$unit")"
	wait_for 5 eval 'same "Running, waiting for file /run/app" "$(systemctl show -P StatusText "$unit")"'
	inside touch /run/app
	lx-wait -s READY -t 100 "$c"
	wait_for 5 systemctl is-active "$unit"
}
