#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The monitor as two processes, keeper and front: what each holds, and what becomes of the container when one is killed.

# shellcheck disable=SC2154 # dir, c, ... are lib.bash's
load lib

sandbox_field()
{
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$(front_pid)/status"
}

@test "the front holds neither the lock nor a file of the host but the log of the console" {
	local link left

	started
	left=$(for link in "/proc/$(front_pid)/fd/"*; do readlink "$link"; done |
		grep -v -e '^socket:' -e '^anon_inode:' -e '^/dev/null$' -e '^/dev/pts' -e "^$dir/log/.*\.console$" -e '^/memfd:' || :)
	same "" "$left"
}

@test "the front can fill no disk with the files that it has" {
	local limits

	new
	set_key console.log-size 30000
	lx-start "$c"
	limits=$(tr -s ' ' < "/proc/$(front_pid)/limits")
	grep -q "^Max file size $((128 * 1024 + 65536)) $((128 * 1024 + 65536)) " <<< "$limits" # its ring is larger than the log
	grep -q "^Max open files 1024 1024 " <<< "$limits"
	# what goes beyond is refused, not a reason to die: SIGXFSZ is ignored
	same 1 $((0x$(awk '/^SigIgn:/ { print $2 }' "/proc/$(front_pid)/status") >> 24 & 1))

	inside sh -c 'i=0; while [ $i -lt 3000 ]; do echo "filling the log with line $i"; i=$((i + 1)); done > /dev/console'
	# the last line may be what filled it
	wait_for 10 grep -qs "with line 2999" "$dir/log/$c.console" "$dir/log/$c.console.1"
	[ -e "$dir/log/$c.console.1" ]
}

@test "hooks after the end run with the rights of the keeper" {
	new
	cat > "$dir/hook" <<-EOF
		#!/bin/sh
		grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status > $dir/of-hook
	EOF
	chmod 755 "$dir/hook"
	set_key hook.post-stop "$dir/hook"
	lx-start "$c"
	lx-stop -k "$c"
	same "$(grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status)" "$(cat "$dir/of-hook")"
}

@test "a front that is killed is replaced, and the container goes on" {
	local front init

	started
	front=$(front_pid)
	init=$(init_pid)
	lx-wait -s STOPPED "$c" 3>&- &
	waiter=$!
	kill -9 "$front"
	wait_for 5 eval "[ -n \"\$(front_pid)\" ] && [ \"\$(front_pid)\" != $front ]"
	same "$init" "$(init_pid)"
	inside true # it serves, so it is in its sandbox
	same 0000000000000000 "$(sandbox_field CapEff)"
	lx-freeze "$c"
	lx-unfreeze "$c"
	lx-stop -r "$c"
	inside true
	lx-stop -k "$c"
	wait "$waiter" # it has connected again
	grep -F "front (pid $front) died" "$dir/log/$c.log"
	gone
}

@test "a front that dies again and again stops the container, and says so" {
	local front

	started
	for _ in 1 2 3 4; do
		front=$(front_pid)
		kill -9 "$front"
		wait_for 5 eval "[ -n \"\$(front_pid)\" ] && [ \"\$(front_pid)\" != $front ]"
		inside true
	done
	kill -9 "$(front_pid)"
	wait_for 10 state_is STOPPED
	wait_for 5 grep -F "died 5 times" "$dir/log/$c.log"
	gone
}

@test "a keeper that is killed takes init and front along" {
	local front init

	started
	front=$(front_pid)
	init=$(init_pid)
	kill -9 "$(monitor_pid)"
	wait_for 5 dead "$front"
	wait_for 5 dead "$init"
	same STOPPED "$(state)"
}

@test "signals that end programs do nothing to the front" {
	local front

	started
	front=$(front_pid)
	kill -TERM "$front"
	kill -HUP "$front"
	kill -INT "$front"
	sleep 0.2
	same "$front" "$(front_pid)"
	inside true
}

@test "a command of lx-execute ends with a front that is killed" {
	new
	lx-execute "$c" -- sleep 300 3>&- > "$dir/out" 2>&1 &
	command=$!
	wait_for 10 eval "[ -n \"\$(front_pid)\" ] && state_is RUNNING"
	kill -9 "$(front_pid)"
	fails wait "$command"
	wait_for 10 state_is STOPPED
}

# Where a removal of the run's groups does not wait for it: with the keeper where systemd removes them, else at the top.
front_stands_aside()
{
	if grep -q '\.service/monitor$' "/proc/$(monitor_pid)/cgroup"; then
		same "$(cat "/proc/$(monitor_pid)/cgroup")" "$(cat "/proc/$(front_pid)/cgroup")"
	else
		grep -q "/$c/monitor\$" "/proc/$(monitor_pid)/cgroup"
		same "" "$(grep -v ':/$' "/proc/$(front_pid)/cgroup")"
	fi
}

@test "the front stands outside of the run's groups, after a reboot and its death too" {
	started
	front_stands_aside
	lx-stop -r "$c"
	front_stands_aside
	first=$(front_pid)
	kill -9 "$first"
	wait_for 10 eval '[ -n "$(front_pid)" ] && [ "$(front_pid)" != "$first" ]'
	wait_for 5 front_stands_aside
	lx-stop -k "$c"
	gone
}

@test "who waits for a state and who has the console stay connected through a reboot" {
	local state waiters=

	started
	monitor="$(monitor_pid) $(front_pid)"
	for state in STARTING ABORTING STOPPED; do
		lx-wait -s $state "$c" 3>&- &
		waiters="$waiters $!"
	done
	mkfifo "$dir/keys" # opened for both: no end of input
	lx-console "$c" <> "$dir/keys" > "$dir/console" 2>&1 3>&- &
	console=$!
	for waiter in $waiters $console; do
		wait_for 5 has_asked "$waiter"
	done
	lx-stop -r "$c"
	same "$monitor" "$(monitor_pid) $(front_pid)"
	inside sh -c 'echo second boot > /dev/console'
	wait_for 5 grep "second boot" "$dir/console"
	lx-stop -k "$c"
	for waiter in $waiters; do
		wait "$waiter"
	done
	wait "$console" || :
	rm "$dir/keys"
}
