#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Frozen containers.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

# The guest counts; it does not while it is frozen.
counting()
{
	started
	inside sh -c 'i=0; while :; do i=$((i + 1)); echo $i > /tmp/m; mv /tmp/m /tmp/n; sleep 0.02; done < /dev/null > /dev/null 2>&1 &'
	wait_for 5 test -s "/proc/$(init_pid)/root/tmp/n"
}

count()
{
	cat "/proc/$(init_pid)/root/tmp/n"
}

@test "frozen nothing runs, thawed it goes on" {
	counting
	lx-freeze "$c"
	same FROZEN "$(state)"
	before=$(count)
	sleep 0.3
	same "$before" "$(count)"
	lx-unfreeze "$c"
	same RUNNING "$(state)"
	wait_for 5 eval '[ "$(count)" -gt "$before" ]'
}

@test "twice is once" {
	started
	lx-freeze "$c"
	lx-freeze "$c"
	same FROZEN "$(state)"
	lx-unfreeze "$c"
	lx-unfreeze "$c"
	same RUNNING "$(state)"
}

@test "lx-attach to a frozen one says what to do" {
	started
	lx-freeze "$c"
	refuses "lx-attach: $c: the container is frozen; run lx-unfreeze first" inside true
	lx-unfreeze "$c"
	inside true
}

@test "a frozen one is killed, and shut down" {
	started
	lx-freeze "$c"
	lx-stop -k "$c"
	same STOPPED "$(state)"
	gone
	lx-start "$c"
	lx-freeze "$c"
	lx-stop "$c"
	same STOPPED "$(state)"
	gone
	lx-start "$c"
	lx-freeze "$c"
	lx-destroy -f "$c"
	gone
}

@test "a stopped one cannot be frozen" {
	new
	exits 1 lx-freeze "$c"
	like "lx-freeze: *$c*not running*" "$stderr"
	exits 1 lx-unfreeze "$c"
	same STOPPED "$(state)"
}

@test "a monitor killed over a frozen container leaves nothing that lasts" {
	started
	lx-freeze "$c"
	init=$(init_pid)
	kill -9 "$(monitor_pid)"
	wait_for 5 state_is STOPPED
	lx-start "$c"
	dead "$init"
	inside true
}

@test "lx-wait and lx-ls know it" {
	started
	lx-wait "$c" -s FROZEN -t 100 3>&- &
	waiter=$!
	lx-freeze "$c"
	wait "$waiter"
	same "$c" "$(lx-ls -1 --frozen)"
	lx-unfreeze "$c"
	same "" "$(lx-ls -1 --frozen)"
}
