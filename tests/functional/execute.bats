#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# lx-execute: one command, its streams and its exit code.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

execute()
{
	lx-execute "$c" -- "$@"
}

@test "the exit code is the command's" {
	new
	execute true
	exits 1 execute false
	exits 42 execute sh -c 'exit 42'
	exits 255 execute sh -c 'exit 255'
	same STOPPED "$(state)"
	gone
}

@test "128 + n for a signal, 126 and 127 as in a shell" {
	new
	exits 137 execute sh -c 'kill -9 $$'
	exits 143 execute sh -c 'kill -15 $$'
	exits 127 execute no-such-command
	like "*no-such-command*" "$stderr"
	exits 126 execute /etc/passwd
	like "*/etc/passwd*" "$stderr"
	gone
}

@test "streams pass byte for byte" {
	new
	head -c 1048576 /dev/urandom > "$dir/random"
	execute cat < "$dir/random" > "$dir/copy"
	cmp "$dir/random" "$dir/copy"
	execute sh -c 'cat >&2' < "$dir/random" 2> "$dir/copy"
	cmp "$dir/random" "$dir/copy"
	same out "$(execute sh -c 'echo out; echo err >&2' 2> "$dir/stderr")"
	same err "$(cat "$dir/stderr")"
	same "1 2 3" "$(seq 3 | execute cat | xargs)"
	execute cat < /dev/null
	execute yes 2> /dev/null | head -n 1 | grep -qx y
	wait_for 10 state_is STOPPED
	rm "$dir/random" "$dir/copy"
}

@test "arguments and their quoting arrive" {
	new
	same "a b|c'd|*|" "$(execute printf '%s|' 'a b' "c'd" '*')"
	same "-n" "$(lx-execute "$c" printf %s -n)" # a word of the command, not an option of ours
}

@test "it has a small init that reaps" {
	new
	same 1 "$(execute sh -c 'echo $PPID')"
	# first it runs, then it is a zombie, then there is none
	execute sh -c '(/bin/sleep 0.1 &); i=0; while pidof sleep; do i=$((i + 1)); [ $i -lt 300 ] || exit 1; usleep 100000; done' > /dev/null
}

@test "what the command leaves behind ends with it" {
	new
	mark=98765.$RANDOM
	execute sh -c "sleep $mark & sleep 0.1"
	fails pgrep -f "sleep $mark"
	gone
}

takes_signals()
{
	readlink "/proc/$1/fd"/* | grep -qF '[signalfd]'
}

@test "a signal to lx-execute reaches the command" {
	new
	lx-execute "$c" -- sh -c 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done' > "$dir/out" 3>&- &
	pid=$!
	wait_for 5 grep -q ready "$dir/out"
	wait_for 5 takes_signals "$pid" # one that comes before there is a monitor ends both
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	same 7 "$status"
	gone
	rm "$dir/out"
}

@test "a signal to lx-execute that still starts gives that up" {
	new
	printf '#!/bin/sh\ntouch %s\nexec sleep 1000\n' "$dir/reached" > "$dir/hook"
	chmod 755 "$dir/hook"
	set_key hook.pre-start "$dir/hook"
	lx-execute "$c" -- true 2> "$dir/out" 3>&- &
	pid=$!
	wait_for 30 [ -e "$dir/reached" ]
	wait_for 5 takes_signals "$pid"
	kill -TERM "$pid"
	fails wait "$pid"
	same "lx-execute: $c: the container was stopped while it was starting" "$(cat "$dir/out")"
	state_is STOPPED
	gone
}

@test "lx-execute killed takes its command along" {
	new
	mark=98766.$RANDOM
	lx-execute "$c" -- sleep "$mark" 3>&- &
	wait_for 5 pgrep -f "^sleep $mark"
	kill -9 $!
	wait $! || true
	wait_for 5 fails pgrep -f "^sleep $mark"
	wait_for 5 state_is STOPPED
	gone
}

@test "a terminal is the container's console" {
	new
	mkfifo "$dir/in" # opened for both: no end of input, which script(1) would type
	for _ in 1 2 3 4 5; do
		script -qec "lx-execute $c -- sh -c 'tty; exit 5'; echo code \$?" /dev/null > "$dir/out" <> "$dir/in"
		same "/dev/pts/0 code 5" "$(tr -d '\r' < "$dir/out" | xargs)"
	done
	rm "$dir/out" "$dir/in"
}

@test "user and group" {
	new
	same "1000 100" "$(lx-execute -u 1000 -g 100 "$c" -- sh -c 'echo $(id -u) $(id -g)')"
}

@test "a running container is refused" {
	started
	refuses "lx-execute: $c: the container is RUNNING already" execute true
	inside true
}

@test "20 in a row, 5 side by side" {
	new
	for i in $(seq 20); do
		exits "$i" execute sh -c "exit $i"
	done
	jobs=
	for i in 1 2 3 4 5; do
		new
		lx-execute "$c" -- sh -c "exit $i" 3>&- &
		jobs="$jobs $!"
	done
	codes=
	for job in $jobs; do
		status=0
		wait "$job" || status=$?
		codes="$codes $status"
	done
	same " 1 2 3 4 5" "$codes"
}
