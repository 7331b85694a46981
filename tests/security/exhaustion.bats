#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest that takes all that it can get, and strangers at the monitor's sockets.

# shellcheck disable=SC2154 # dir, c, payload, ... are lib.bash's
load lib

@test "processes: a limit holds" {
	attacker
	set_key cgroup.pids.max 64
	lx-start "$c"
	fails try fork 200

	# twin
	lx-stop -k "$c"
	lx-config unset "$c" cgroup.pids.max
	lx-start "$c"
	try fork 200
}

@test "memory: a limit holds, and the guest lives on" {
	attacker
	set_key cgroup.memory.max 64M
	set_key cgroup.memory.swap.max 0
	lx-start "$c" || skip "this host cannot limit memory and swap"
	exits 137 lx-attach "$c" -- payload-inside eat 200
	state_is RUNNING

	# twin
	lx-stop -k "$c"
	lx-config unset "$c" cgroup.memory.max
	lx-config unset "$c" cgroup.memory.swap.max
	lx-start "$c"
	same ate "$(try eat 200)"
}

@test "descriptors: a limit holds" {
	attacker
	set_key security.rlimit nofile=64
	fails lx-execute "$c" -- payload-inside open 200

	# twin
	lx-config unset "$c" security.rlimit
	same "opened 200" "$(lx-execute "$c" -- payload-inside open 200)"
}

@test "control groups within each other, deeper than any path is long, go with the container" {
	attacker
	lx-start "$c"
	place=$(sh_inside 'for d in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
		mkdir $d/try 2> /dev/null && { rmdir $d/try; echo $d; break; }; done')
	[ -n "$place" ] || skip "the guest may make no groups here"
	same made "$(sh_inside "cd $place && payload-inside deep 2200")"
	# twin: there is no naming the last of them
	fails sh_inside "rmdir $place/$(printf 'd/%.0s' $(seq 2200))" 2> /dev/null
	lx-stop -k "$c"
	gone
	lx-start "$c"
	inside true
}

command_socket()
{
	printf %s "$dir/run/$c/command"
}

# Of the front, whom they all talk to.
monitor_fds()
{
	find "/proc/$(front_pid)/fd" -mindepth 1 | wc -l
}

# fds_at_most N: the connection of lx-start may still have been there when they were counted
fds_at_most()
{
	[ "$(monitor_fds)" -le "$1" ]
}

@test "callers that say nothing use up neither the monitor nor the container" {
	attacker
	lx-start "$c"
	before=$(monitor_fds)
	"$payload" connect "$(command_socket)" 80 300 > "$dir/callers" 3>&- &
	callers=$!
	wait_for 20 grep -q "connected 80" "$dir/callers"
	wait_for 20 grep -q "more than 64 callers" "$dir/log/$c.log"
	[ "$(monitor_fds)" -gt "$before" ]
	[ "$(monitor_fds)" -le $((before + 64)) ]
	state_is RUNNING
	kill "$callers"
	wait "$callers" || :
	wait_for 20 inside true # twin: there is room again
	wait_for 20 fds_at_most "$before"
}

@test "garbage at the command socket costs the caller its connection and nothing else" {
	attacker
	lx-start "$c"
	monitor="$(monitor_pid) $(front_pid)"
	before=$(monitor_fds)
	like "sent *" "$("$payload" garbage "$(command_socket)")"
	inside true # twin: words that are right are answered, before and after
	same "$monitor" "$(monitor_pid) $(front_pid)"
	wait_for 20 fds_at_most "$before"
	lx-freeze "$c"
	lx-unfreeze "$c"
}

@test "another user is kept out by the directory, and by the monitor when that is open" {
	attacker
	lx-start "$c"
	cp "$payload" "$dir/bin/payload-any"
	same "connected 0" "$("$payload" as 65533 "$dir/bin/payload-any" connect "$(command_socket)" 1 0 || :)"

	chmod 755 "$dir/run" "$dir/run/$c" # the first layer is off
	chmod 666 "$(command_socket)"
	same "connected 1" "$("$payload" as 65533 "$dir/bin/payload-any" connect "$(command_socket)" 1 0)"
	wait_for 5 grep -F "refused a connection of user 65533" "$dir/log/$c.log"

	# twin: root is not refused; and lx itself trusts only a directory that is closed
	chmod 700 "$dir/run/$c"
	same "connected 1" "$("$payload" connect "$(command_socket)" 1 0)"
	inside true
	same 1 "$(grep -c -F "refused a connection" "$dir/log/$c.log")"
}

is_ready()
{
	lx-wait -s READY -t 0 "$c"
}

@test "only init says that it is ready, and it gives the monitor no descriptors" {
	attacker
	set_key container.init "/bin/payload-inside init STATUS=booting"
	lx-start "$c"
	before=$(monitor_fds)
	same sent "$(try notify READY=1)"
	same sent "$(try notify STATUS=taken 200)"
	same sent "$(sh_inside "for i in \$(seq 300); do payload-inside notify READY=1 50; done | sort -u")"
	sleep 0.3
	fails is_ready
	wait_for 20 fds_at_most "$before"
	state_is RUNNING

	# twin: the same words of init count
	lx-stop -k "$c"
	set_key container.init "/bin/payload-inside init READY=1"
	lx-start "$c"
	wait_for 20 is_ready
}
