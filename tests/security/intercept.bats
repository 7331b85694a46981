#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ways out through what lx does in the kernel's place: a process with rights over the host reads the guest's memory, follows its
# paths and makes nodes where it says.

# shellcheck disable=SC2154 # dir, c, payload, ... are lib.bash's
load lib

# With the call intercepted
intercepted()
{
	[ "$(lx-checkconfig 2> /dev/null | grep -c '^seccomp: available')" = 2 ] || skip "this kernel or build has no seccomp"
	attacker
	set_key security.intercept.mknod yes
}

agent_pid()
{
	pgrep -P "$(monitor_pid)" -x lx-agent
}

agents_helpers()
{
	local worker

	for worker in $(pgrep -P "$agent"); do
		pgrep -P "$worker"
	done
}

# The agent is alive and answers.
answers()
{
	same "$1" "$(agent_pid)"
	sh_inside "mkdir -p /after && mknod /after/$1 c 1 3 && echo away > /after/$1"
}

@test "a node does not follow a link out of the root file system" {
	intercepted
	host_dir
	ln -s "$host" "$(upper)/out"
	ln -s "../../../../../../..$host" "$(upper)/up"
	# twin: where the links lead the host
	: > "$(upper)/out/here" && [ -e "$host/here" ]
	: > "$(upper)/up/there" && [ -e "$host/there" ]
	rm "$host/here" "$host/there"

	lx-start "$c"
	agent=$(agent_pid)
	refuses "*No such file*" inside mknod /out/null c 1 3
	refuses "*No such file*" inside mknod /up/null c 1 3
	host_dir_is_untouched
	# inside, they lead where they say
	sh_inside "mkdir -p $host && mknod /out/null c 1 3 && mknod /up/zero c 1 5 && ls $host/null $host/zero"
	host_dir_is_untouched
	answers "$agent"
}

@test "descriptors and process directories of the agent are out of reach" {
	intercepted
	lx-start "$c"
	agent=$(agent_pid)
	same "made 0" "$(try node-at-any "x$tag")"
	same "" "$(find /sys/fs/cgroup -name "x$tag" 2> /dev/null)"
	fails inside mknod /proc/self/root/proc/self/x c 1 3
	fails inside mknod /proc/1/x c 1 3
	# twin: a descriptor of the caller's own
	same made "$(try node-at /tmp "x$tag")"
	answers "$agent"
}

@test "names and links that change while they are looked up lead nowhere else" {
	intercepted
	host_dir
	mkdir -p "$(upper)/race/safe" "$(upper)/race/flip"
	ln -s "$host" "$(upper)/race/link"
	# twin: who goes by name ends there
	: > "$(upper)/race/link/here" && [ -e "$host/here" ]
	rm "$host/here"

	lx-start "$c"
	agent=$(agent_pid)
	same raced "$(try node-race /race)"
	host_dir_is_untouched
	answers "$agent"
}

@test "callers that die are no trouble" {
	intercepted
	mkdir -p "$(upper)/die"
	lx-start "$c"
	agent=$(agent_pid)
	same died "$(try node-die /die)"
	answers "$agent"
	# nothing was made in another process's place, nor on the host; twin: what lives gets its node
	same made "$(try node-at /die alive)"
}

@test "a file system that never answers holds up nobody else" {
	[ -c /dev/fuse ] || skip "this host has no /dev/fuse"
	intercepted
	set_key device.fuse.path /dev/fuse
	lx-start "$c"
	agent=$(agent_pid)
	sh_inside "mkdir /silent; payload-inside silent-mount /silent > /said 2>&1 & echo \$! > /server"
	wait_for 10 sh_inside "grep -q . /said"
	[ "$(inside cat /said)" = mounted ] || skip "this guest mounts no fuse: $(inside cat /said)"
	# more of them than are kept waiting before the first is looked at
	sh_inside "for i in 1 2 3 4 5; do mknod /silent/\$i c 1 3 > /failed\$i 2>&1 & done"
	wait_for 10 eval '[ "$(pgrep -cP "$agent")" = 5 ]'
	answers "$agent" # twin: what does not go there

	# the agent's end is theirs: each is told, none waits for ever, and the helpers in their places are gone
	wait_for 10 eval '[ "$(agents_helpers | wc -l)" = 5 ]'
	helpers=$(agents_helpers)
	kill -9 "$agent"
	for helper in $helpers; do wait_for 10 dead "$helper"; done
	wait_for 10 sh_inside "for i in 1 2 3 4 5; do grep -qi 'i/o error\|input/output' /failed\$i || exit 1; done"
	wait_for 10 eval '[ -n "$(agent_pid)" ]'
	answers "$(agent_pid)"

	# nor for a file system whose server has ended
	sh_inside "mknod /silent/6 c 1 3 > /failed6 2>&1 &"
	wait_for 10 eval '[ "$(pgrep -cP "$(agent_pid)")" = 1 ]'
	sh_inside "kill -9 \$(cat /server)"
	wait_for 10 sh_inside "grep -q . /failed6"
}

@test "a user namespace of the guest's own has no part in it" {
	intercepted
	lx-start "$c"
	sh_inside "unshare -U -r true" || skip "this guest makes no user namespaces"
	fails sh_inside "unshare -U -r mknod /tmp/null c 1 3"
	fails sh_inside "chmod 1777 /tmp; unshare -U -r -m mknod /tmp/null c 1 3"
	# twin: the container's own root
	sh_inside "mknod /tmp/null c 1 3"
}

@test "nothing is made for a guest that nobody intercepts" {
	attacker
	lx-start "$c"
	same "" "$(agent_pid)"
	fails try node-at /tmp null
	# twin: with the key
	lx-stop -k "$c"
	set_key security.intercept.mknod yes
	lx-start "$c"
	same made "$(try node-at /tmp null)"
}
