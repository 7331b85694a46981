#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The console: always drained, remembered, logged, and had by several at once. What one user sees of it is in attach.bats.

# shellcheck disable=SC2154 # dir, c, ... are lib.bash's
load lib

# write_console TEXT: from inside, as init would
write_console()
{
	inside sh -c 'printf "%s\n" "$1" > /dev/console' sh "$1"
}

console_has()
{
	lx-console --log "$c" | grep -q "$1"
}

# client NAME: a console session on a terminal of its own; what is written to fd $keys goes there, its screen is $dir/NAME.
client()
{
	mkfifo "$dir/$1.keys"
	script -qfec "lx-console $c" "$dir/$1" < "$dir/$1.keys" > /dev/null 2>&1 3>&- &
	pids+=($!)
	exec {keys}> "$dir/$1.keys"
	wait_for 5 grep -q 'leaves it' "$dir/$1"
}

@test "output is in memory and in the log file, in order" {
	started
	for i in 1 2 3; do
		write_console "line-$i"
	done
	wait_for 5 console_has line-3
	same "line-1 line-2 line-3" "$(lx-console --log "$c" | grep -o 'line-[0-9]' | xargs)"
	same "line-1 line-2 line-3" "$(grep -o 'line-[0-9]' "$dir/log/$c.console" | xargs)"
}

@test "nobody reads, and the guest is not held up" {
	new
	set_key console.buffer-size 4096
	lx-start "$c"
	# ten times what a pty holds
	inside timeout 200 sh -c 'i=0; while [ $i -lt 2000 ]; do echo "filling the console with line $i"; i=$((i + 1)); done > /dev/console'
	wait_for 5 console_has 'line 1999'
	[ "$(lx-console --log "$c" | wc -c)" -le 4096 ]
	fails console_has 'line 0$'
	grep -q 'line 0' "$dir/log/$c.console"
}

@test "the log file is renamed when it is full" {
	new
	set_key console.log-size 20000
	lx-start "$c"
	inside sh -c 'i=0; while [ $i -lt 1000 ]; do echo "filling the log with line $i"; i=$((i + 1)); done > /dev/console'
	wait_for 5 console_has 'line 999'
	wait_for 5 test -e "$dir/log/$c.console.1"
	[ "$(stat -c %s "$dir/log/$c.console")" -le 20000 ]
	[ "$(stat -c %s "$dir/log/$c.console.1")" -le 40000 ] # it goes on until there is another
}

@test "two at once see the same, and one that leaves does not disturb the other" {
	command -v script > /dev/null || skip "script is not installed"
	started
	pids=()
	client one
	one=$keys
	client two
	two=$keys
	write_console "for both"
	wait_for 5 grep -q 'for both' "$dir/one"
	wait_for 5 grep -q 'for both' "$dir/two"
	printf '\001q' >&"$one"
	wait_for 5 eval '! kill -0 "${pids[0]}" 2> /dev/null'
	write_console "for one"
	wait_for 5 grep -q 'for one' "$dir/two"
	printf '\r' >&"$two"
	wait_for 5 grep -q '# ' "$dir/two"
	printf 'echo $((20 + 22))-is-it\r' >&"$two"
	wait_for 5 grep -q '42-is-it' "$dir/two"
	printf '\001q' >&"$two"
	exec {one}>&- {two}>&-
	wait "${pids[@]}" || true
	rm "$dir/one" "$dir/two" "$dir"/*.keys
}

@test "one that does not read does not stop the guest, the others or a shutdown" {
	command -v script > /dev/null || skip "script is not installed"
	started
	pids=()
	client stuck
	stuck=$keys
	kill -STOP "$(pgrep -n -f "lx-console $c")"
	inside timeout 200 sh -c 'i=0; while [ $i -lt 20000 ]; do echo "filling the console with line $i"; i=$((i + 1)); done > /dev/console'
	wait_for 5 console_has 'line 19999'
	lx-stop -k "$c"
	same STOPPED "$(state)"
	pkill -CONT -f "lx-console $c"
	exec {stuck}>&-
	wait "${pids[@]}" || true
	rm -f "$dir/stuck" "$dir/stuck.keys"
}

@test "a session ends with its container" {
	command -v script > /dev/null || skip "script is not installed"
	started
	pids=()
	client session
	lx-stop -k "$c"
	wait_for 5 eval '! kill -0 "${pids[0]}" 2> /dev/null'
	exec {keys}>&-
	wait "${pids[@]}" || true
	rm "$dir/session" "$dir/session.keys"
}

@test "a stopped container has none" {
	new
	exits 1 lx-console "$c"
	like "lx-console: *$c*not running*" "$stderr"
	exits 1 lx-console --log "$c"
	refuses "lx-console: *--tty: there is only the console, 0" lx-console -t 3 "$c"
}
