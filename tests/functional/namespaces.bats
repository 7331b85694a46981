#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Own namespaces, and those shared with others.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

ns()
{
	readlink "/proc/$1/ns/$2"
}

no_links()
{
	lx-config unset "$c" network.eth0
}

@test "every namespace is its own" {
	started
	for one in cgroup ipc mnt net pid user uts; do
		[ "$(ns self $one)" != "$(ns "$(init_pid)" $one)" ]
	done
	same "$(ns self time)" "$(ns "$(init_pid)" time)" # no offset is set
	same 1 "$(inside sh -c 'readlink /proc/1/exe > /dev/null; pidof init | tr " " "\n" | sort -n | head -n 1')"
	same lo "$(inside ls /sys/class/net)"
	same "$c" "$(inside hostname)"
	[ "$(inside ls /proc | grep -c '^[0-9]')" -lt 20 ]
}

@test "a privileged one shares the user namespace only" {
	new
	set_key container.privileged yes
	lx-start "$c"
	for one in cgroup ipc mnt net pid uts; do
		[ "$(ns self $one)" != "$(ns "$(init_pid)" $one)" ]
	done
	same "$(ns self user)" "$(ns "$(init_pid)" user)"
}

@test "the network of another container, in its configuration and by option" {
	started
	other=$c
	new
	no_links
	set_key namespace.net "container:$other"
	lx-start "$c"
	same "$(ns "$(init_pid "$other")" net)" "$(ns "$(init_pid)" net)"
	inside true
	lx-stop -k "$c"
	same RUNNING "$(state "$other")"

	lx-config unset "$c" namespace.net
	lx-start --share-net "$other" "$c"
	same "$(ns "$(init_pid "$other")" net)" "$(ns "$(init_pid)" net)"
	lx-stop "$c"
	inside_other=$(lx-attach "$other" -- ls /sys/class/net)
	same lo "$inside_other"
}

@test "the namespaces of a process" {
	unshare -niu sleep 600 3>&- &
	pid=$!
	wait_for 5 eval '[ "$(ns $pid net)" != "$(ns self net)" ]'
	nsenter -t "$pid" -u hostname of-the-process
	new
	no_links
	set_key namespace.net "pid:$pid"
	set_key namespace.ipc "pid:$pid"
	set_key namespace.uts "pid:$pid"
	lx-start "$c"
	for one in net ipc uts; do
		same "$(ns "$pid" $one)" "$(ns "$(init_pid)" $one)"
	done
	same of-the-process "$(inside hostname)"
	lx-stop -k "$c"
	kill "$pid"
}

@test "the host's network" {
	new
	no_links
	set_key namespace.net host
	lx-start "$c"
	same "$(ns self net)" "$(ns "$(init_pid)" net)"
	# other tests make links meanwhile
	wait_for 5 eval '[ "$(ls /sys/class/net | sort | xargs)" = "$(inside ls /proc/sys/net/ipv4/conf | grep -v -x -e all -e default | sort | xargs)" ]'
	# a guest that has no network of its own cannot change it
	fails inside ip link set lo down 2> /dev/null
	lx-stop -k "$c"
	ip link show lo | grep -q UP
}

@test "the processes of another container" {
	new
	set_key container.privileged yes
	lx-start "$c"
	other=$c
	lx-attach "$other" -- sleep 4242 3>&- &
	sleeper=$!
	wait_for 5 eval 'lx-attach "$other" -- ps | grep -q "sleep 4242"'
	new
	refuses "lx-start: $c: a shared pid namespace needs \[container\] privileged = yes" lx-start --share-pid "$other" "$c"
	set_key container.privileged yes
	lx-start --share-pid "$other" "$c" -- /bin/sleep 4243
	same "$(ns "$(init_pid "$other")" pid)" "$(ns "$(init_pid)" pid)"
	lx-attach "$other" -- ps | grep -q "sleep 4243"
	lx-stop -k "$c"
	same RUNNING "$(state "$other")"
	fails eval 'lx-attach "$other" -- ps | grep -q "sleep 4243"'
	lx-attach "$other" -- ps | grep -q "sleep 4242"
	kill "$sleeper"
	wait "$sleeper" || true
}

@test "nobody to share with is an error" {
	new
	no_links
	set_key namespace.net container:no-such
	exits 1 lx-start "$c"
	like "lx-start: $c: *no-such*" "$stderr"
	new
	stopped=$c
	new
	no_links
	exits 1 lx-start --share-net "$stopped" "$c"
	like "lx-start: $c: *$stopped*not running*" "$stderr"
	exits 1 lx-start --share-ipc 4194300 "$c"
	like "lx-start: $c: *4194300*" "$stderr"
	exits 1 lx-start --share-net "$c" "$c"
	gone
}

@test "offsets of the clocks" {
	new
	set_key namespace.boottime-offset 1000d
	set_key namespace.monotonic-offset 1000d
	lx-start "$c" 2> "$dir/stderr" || {
		grep -q 'time namespace' "$dir/stderr" && skip "this kernel has no time namespaces"
		cat "$dir/stderr" >&2
		return 1
	}
	[ "$(ns self time)" != "$(ns "$(init_pid)" time)" ]
	[ "$(inside cut -d . -f 1 /proc/uptime)" -ge 86400000 ]
	[ "$(cut -d . -f 1 /proc/uptime)" -lt 86400000 ]
	lx-stop "$c"
}

@test "an id map of one's own" {
	new
	base=$((2950000000 + tag % 1000))
	set_key idmap.range "$base:70000"
	lx-start "$c"
	same "0 $base 70000" "$(xargs < "/proc/$(init_pid)/uid_map")"
	same "0 $base 70000" "$(xargs < "/proc/$(init_pid)/gid_map")"
	same "$base" "$(stat -c %u "/proc/$(init_pid)")"
	inside touch /root/mark
	same 0 "$(stat -c %u "$dir/store/$c/upper/root/mark")"
	lx-stop -k "$c"
	# another range later: the files do not mind
	set_key idmap.range "$((base + 100000)):65536"
	lx-start "$c"
	same 0 "$(inside stat -c %u /root/mark)"
	same 0 "$(stat -c %u "$dir/store/$c/upper/root/mark")"
}
