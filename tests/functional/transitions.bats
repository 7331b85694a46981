#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Commands that meet a container on its way up, or down. A hook keeps it there until the test lets it go.

# shellcheck disable=SC2154 # dir, c, stderr, ... are lib.bash's
load lib

teardown()
{
	[ -z "${dir:-}" ] || let_go # or what a failed test leaves takes its time
	test_end
}

# held STAGE: a new container whose hook of this stage says that it is reached, and ends when it is let go.
held()
{
	new
	rm -f "$dir/reached" "$dir/go" "$dir/after"
	cat > "$dir/hold" <<-EOF
		#!/bin/sh
		touch $dir/reached
		until [ -e $dir/go ]; do sleep 0.05; done
	EOF
	printf '#!/bin/sh\ntouch %s\n' "$dir/after" > "$dir/note"
	chmod 755 "$dir/hold" "$dir/note"
	set_key "hook.$1" "$dir/hold"
	set_key hook.timeout 2min
	[ "$1" = post-stop ] || set_key hook.post-stop "$dir/note"
}

is_reached()
{
	[ -e "$dir/reached" ]
}

let_go()
{
	touch "$dir/go"
}

# Of what runs in the background of a test: COMMAND..., its words in $dir/out, its process in $job.
background()
{
	"$@" > "$dir/out" 2>&1 3>&- &
	job=$!
}

# held STAGE, and on its way up: lx-start is $job.
held_at_start()
{
	held "$1"
	background lx-start "$c"
	wait_for 30 is_reached
	state_is STARTING
}

# ended_by COMMAND...: it succeeds, and lx-start, which is held at start, says why it does not.
ended_by()
{
	local status=0

	"$@"
	wait "$job" || status=$?
	same 1 "$status"
	same "lx-start: $c: the container was stopped while it was starting" "$(cat "$dir/out")"
	state_is STOPPED
	[ -e "$dir/after" ]
	gone
}

@test "lx-stop ends a start, wherever it is" {
	local stage

	for stage in pre-start start-host; do
		held_at_start "$stage"
		ended_by lx-stop "$c"
	done
	held_at_start pre-start
	ended_by lx-stop -k "$c"
}

# The new process runs it, as the container's root.
@test "lx-stop ends a start that waits for the container's own process" {
	local stage file

	for stage in mount start; do
		held "$stage"
		file=$dir/store/$c/upper/hold
		printf '#!/bin/sh\nsleep 1000\n' > "$file"
		chmod 755 "$file"
		[ "$stage" != start ] || set_key hook.start /hold
		[ "$stage" != mount ] || set_key hook.mount "/bin/sleep 1000"
		background lx-start "$c"
		wait_for 30 pgrep -f "^/bin/sleep 1000|^sleep 1000|/hold"
		ended_by lx-stop "$c"
	done
}

@test "SIGTERM ends a start, and so does SIGINT" {
	local signal

	for signal in TERM INT; do
		held_at_start pre-start
		ended_by kill -"$signal" "$(monitor_pid)"
	done
}

@test "-W ends it without waiting, as often as one likes" {
	held_at_start start-host
	lx-stop -W "$c"
	lx-stop -W "$c" || [ $? = 2 ]
	ended_by lx-wait -s STOPPED -t 60 "$c"
}

@test "lx-stop -r boots again what is starting, when it runs" {
	local starter

	held_at_start pre-start
	starter=$job
	background lx-stop -r "$c"
	wait_for 30 has_asked "$job"
	let_go
	wait "$starter"
	wait "$job"
	state_is RUNNING
	same 2 "$(grep -c STARTING "$dir/log/$c.log")"
}

@test "lx-attach and lx-freeze wait for what is starting" {
	held_at_start pre-start
	background lx-freeze "$c"
	wait_for 30 has_asked "$job"
	let_go
	wait "$job"
	state_is FROZEN
	lx-stop "$c"

	rm -f "$dir/reached" "$dir/go"
	background lx-start "$c"
	wait_for 30 is_reached
	background lx-attach "$c" -- echo it runs
	wait_for 30 has_asked "$job"
	let_go
	wait "$job"
	same "it runs" "$(cat "$dir/out")"
}

@test "who waits for a start that fails hears why" {
	held_at_start pre-start
	rm "$dir/hold"
	printf '#!/bin/sh\nexit 3\n' > "$dir/hold-2"
	chmod 755 "$dir/hold-2"
	let_go
	wait "$job"
	lx-stop "$c"

	set_key hook.start-host "$dir/hold-3"
	cat > "$dir/hold-3" <<-EOF
		#!/bin/sh
		until [ -e $dir/fail ]; do sleep 0.05; done
		echo the disk is missing
		exit 3
	EOF
	chmod 755 "$dir/hold-3"
	set_key hook.pre-start ""
	lx-start "$c" 3>&- 2> /dev/null &
	wait_for 30 state_is STARTING
	background inside true
	wait_for 30 eval "[ -n \"\$(front_pid)\" ]"
	touch "$dir/fail"
	fails wait "$job"
	like "lx-attach: $c: start-host hook: hook start-host $dir/hold-3 failed with exit status 3: the disk is missing" "$(cat "$dir/out")"
}

@test "who waits for a start that is given up hears so" {
	local command waiting

	for command in lx-attach lx-freeze "lx-stop -r"; do
		held_at_start pre-start
		$command "$c" 2> "$dir/waiting" 3>&- &
		waiting=$!
		wait_for 30 has_asked "$waiting"
		ended_by lx-stop "$c"
		fails wait "$waiting"
		same "${command%% *}: $c: the container has stopped" "$(cat "$dir/waiting")"
	done
}

@test "lx-info and lx-ls show what is starting" {
	held_at_start pre-start
	same STARTING "$(lx-info -sH "$c")"
	like "*STARTING*" "$(lx-ls -f)"
	[ -n "$(monitor_pid)" ]
	refuses "lx-start: $c: the container is STARTING already" lx-start "$c"
	refuses "lx-destroy: $c: the container is STARTING; stop it first, or force it" lx-destroy "$c"
	ended_by lx-stop "$c"
}

@test "lx-destroy -f of what is starting, and of what is stopping" {
	held_at_start pre-start
	lx-destroy -f "$c"
	fails wait "$job"
	gone

	held post-stop
	lx-start "$c"
	lx-stop -W "$c"
	wait_for 30 is_reached
	refuses "lx-destroy: $c: the container is STOPPING; stop it first, or force it" lx-destroy "$c"
	background lx-destroy -f "$c"
	let_go
	wait "$job"
	gone
}

@test "lx-stop while it boots again: it does not" {
	held post-stop
	lx-start "$c"
	background lx-stop -r "$c"
	wait_for 30 is_reached
	lx-stop -W "$c"
	let_go
	fails wait "$job"
	same "lx-stop: $c: the container has stopped and does not boot again" "$(cat "$dir/out")"
	state_is STOPPED
	same 1 "$(grep -c STARTING "$dir/log/$c.log")"
}

@test "who stops it is told that another has it boot again" {
	held post-stop
	printf '#!/bin/sh\ntrap : USR2\nwhile :; do sleep 1 & wait; done\n' > "$dir/store/$c/upper/deaf"
	chmod 755 "$dir/store/$c/upper/deaf"
	set_key container.init /deaf
	set_key container.reboot-signal SIGUSR2
	let_go
	lx-start "$c"
	background lx-stop -t 60 "$c"
	wait_for 30 state_is STOPPING
	lx-stop -r -t 1 "$c"
	fails wait "$job"
	same "lx-stop: $c: the container stopped, and boots again: another command asked for that" "$(cat "$dir/out")"
	lx-stop -k "$c"
}

@test "lx-start waits for the end of the run before" {
	held post-stop
	lx-start "$c"
	lx-stop -W "$c"
	wait_for 30 is_reached
	background lx-start "$c"
	refuses "lx-start: $c: the container is still stopping; lx-stop -k $c kills it" lx-start --timeout 100ms "$c"
	let_go
	wait "$job"
	same "" "$(cat "$dir/out")"
	state_is RUNNING
}

@test "lx-start waits for one that is killed, and a signal ends that" {
	held post-stop
	lx-start "$c"
	lx-stop -W -k "$c"
	wait_for 30 is_reached
	state_is STOPPING # its init has gone
	background script -qec "lx-start $c" /dev/null # a terminal hears when it waits
	wait_for 30 grep -q "waiting until it has stopped" "$dir/out"
	pkill -f "^lx-start $c\$"
	fails wait "$job"
	state_is STOPPING
	background lx-start "$c"
	let_go
	wait "$job"
	state_is RUNNING
}

@test "lx-autostart waits for the end of the run before" {
	held post-stop
	set_key start.auto yes
	lx-start "$c"
	lx-stop -W "$c"
	wait_for 30 is_reached
	background lx-autostart
	let_go
	wait "$job"
	state_is RUNNING
}

@test "a terminal hears what is waited for" {
	held post-stop
	lx-start "$c"
	lx-stop -W "$c"
	wait_for 30 is_reached
	background script -qec "lx-start $c" /dev/null
	wait_for 30 grep -q "starting: waiting until it has stopped" "$dir/out"
	let_go
	wait "$job"
	state_is RUNNING
}
