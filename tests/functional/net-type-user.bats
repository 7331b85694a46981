#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# [network] type = user: a link that a program on the host serves. The host of these tests is a network namespace of their
# own, with a neighbour to talk to; the device of tunnels is a node for everybody, as udev makes it, that only they see.
# shellcheck disable=SC2154 # dir, c, ... are lib.bash's

load lib

setup_file()
{
	local program

	file_begin
	[ -z "${skipped_file:-}" ] || return 0
	for program in ip busybox unshare; do
		command -v "$program" > /dev/null || { skip_file "$program is not installed"; return; }
	done
	[ -c /dev/net/tun ] || { skip_file "this kernel has no /dev/net/tun"; return; }

	host=lxh$tag
	world=lxw$tag
	export host world
	ip netns add "$host"
	ip netns add "$world"
	ip -n "$host" link set lo up
	ip -n "$world" link set lo up
	ip -n "$host" link add name world up type veth peer name host netns "$world"
	ip -n "$world" link set host up
	ip -n "$host" addr add 192.0.2.2/24 dev world
	ip -n "$world" addr add 192.0.2.1/24 dev host
	ip -n "$host" route add default via 192.0.2.1
	serve "$world" 192.0.2.1 7777 hello-from-the-world
	serve "$host" 127.0.0.1 7778 hello-from-the-loopback
	wait_for 10 answers 192.0.2.1 7777
	wait_for 10 answers 127.0.0.1 7778
	write_commands
}

teardown_file()
{
	local name

	for name in "${world:-}" "${host:-}"; do
		[ -n "$name" ] || continue
		ip netns pids "$name" | xargs -r kill 2> /dev/null || :
		ip netns del "$name"
	done
	file_end
}

# serve NAMESPACE ADDRESS PORT TEXT
serve()
{
	mkdir -p "$dir/$4"
	echo "$4" > "$dir/$4/index.html"
	nsenter --net="/run/netns/$1" busybox httpd -p "$2:$3" -h "$dir/$4" 3>&-
}

# answers ADDRESS PORT, asked from the host
answers()
{
	[ -n "$(ask "$@")" ]
}

ask()
{
	nsenter --net="/run/netns/$host" timeout "${limit:-60}" busybox wget -q -O - "http://$1:$2/"
}

# The commands as a user of that host has them.
write_commands()
{
	mkdir -p "$dir/host"
	cat > "$dir/on-host" <<-EOF
		#!/bin/sh
		exec nsenter --net=/run/netns/$host unshare -m sh -c '
			mount -t tmpfs -o mode=755 tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec "\$@"' sh "\$@"
	EOF
	chmod 755 "$dir/on-host"
}

on_host()
{
	"$dir/on-host" "$@"
}

need()
{
	command -v "$1" > /dev/null || skip "$1 is not installed"
}

# user_link [LINE...]: $c has one, with these keys
user_link()
{
	printf '[network eth0]\ntype = user\n' >> "$dir/store/$c/config"
	[ $# -eq 0 ] || printf '%s\n' "$@" >> "$dir/store/$c/config"
}

# It has no answer. One that would have come takes no longer than this.
unanswered()
{
	limit=5 fails "$@"
}

# The container asks.
inside_ask()
{
	inside timeout "${limit:-60}" busybox wget -q -O - "http://$1:$2/"
}

program_pid()
{
	sed -n 's/^+ process \([0-9]*\) .*/\1/p' "$dir/run/$c/acquired" | tail -n 1
}

# Fields of its status, with the id of the container's root in place of a number: that is not the host's root.
root_id()
{
	awk '{ print $2 }' "/proc/$(init_pid)/uid_map" | head -n 1
}

@test "the container reaches the world, and no service of the host's loopback" {
	need pasta
	new
	user_link
	on_host lx-start "$c"
	same hello-from-the-world "$(inside_ask 192.0.2.1 7777)"
	like '*10.0.2.100/24*' "$(inside ip -o -4 addr show eth0)"
	like '*via 10.0.2.2 *' "$(inside ip route show default)"

	# the way is open for the host itself
	same hello-from-the-loopback "$(ask 127.0.0.1 7778)"
	unanswered inside_ask 127.0.0.1 7778
	unanswered inside_ask 10.0.2.2 7778
	unanswered inside_ask 192.0.2.2 7778
}

@test "the program is no root of the host, and ends with the container" {
	need pasta
	new
	user_link
	on_host lx-start "$c"
	pid=$(program_pid)
	same "$(root_id)" "$(stat -c %u "/proc/$pid")"
	fails grep -q '^Uid:.*[[:space:]]0$' "/proc/$pid/status"
	same "$(readlink "/proc/$(init_pid)/ns/user")" "$(readlink "/proc/$pid/ns/user")"

	lx-stop -k "$c"
	wait_for 10 dead "$pid"
}

@test "addresses and names of the link are the configuration's" {
	need pasta
	new
	user_link 'name = lan0' 'ipv4.address = 10.99.7.20/16' 'ipv4.gateway = 10.99.0.1' 'mac = 02:00:5e:10:00:07' 'mtu = 1400'
	on_host lx-start "$c"
	like '*10.99.7.20/16*' "$(inside ip -o -4 addr show lan0)"
	like '*via 10.99.0.1 *' "$(inside ip route show default)"
	like '*mtu 1400*02:00:5e:10:00:07*' "$(inside ip -o link show lan0)"
	same hello-from-the-world "$(inside_ask 192.0.2.1 7777)"
}

@test "forward leads to the container, on the address that it names" {
	need pasta
	new
	user_link 'forward = tcp 18080 80' 'forward = tcp 127.0.0.1:18081 81'
	on_host lx-start "$c"
	# shellcheck disable=SC2016 # the shell inside expands it
	inside sh -c 'for n in 80 81; do mkdir -p /srv/$n; echo port-$n > /srv/$n/index.html; busybox httpd -p $n -h /srv/$n; done'
	wait_for 10 answers 192.0.2.2 18080
	same port-80 "$(ask 192.0.2.2 18080)"
	same port-81 "$(ask 127.0.0.1 18081)"
	unanswered ask 192.0.2.2 18081
	# nothing is forwarded unasked
	unanswered ask 127.0.0.1 80
}

@test "a port that is taken is an error of the start, and nothing is left" {
	need pasta
	new
	user_link 'forward = tcp 127.0.0.1:7778 80'
	refuses "lx-start: $c: links: eth0: pasta: *7778*" on_host lx-start "$c"
	same "" "$(ip netns pids "$host" | xargs -r ps -o comm= -p | grep pasta)"
	state_is STOPPED
}

@test "no process is left by a monitor that was killed" {
	need pasta
	new
	user_link
	on_host lx-start "$c"
	pid=$(program_pid)
	kill -9 "$(monitor_pid)"
	wait_for 10 dead "$pid"
	wait_for 10 state_is STOPPED
	lx-gc
	fails test -e "$dir/run/$c/acquired"
	on_host lx-start "$c"
	same hello-from-the-world "$(inside_ask 192.0.2.1 7777)"
}

@test "a process that outlives its monitor is killed by lx-gc" {
	new
	# what a killed monitor would leave, with a process of ours in place of the program
	sleep 300 3>&- &
	left=$!
	sleep 300 3>&- &
	other=$!
	mkdir -p "$dir/run/$c"
	printf '+ process %s %s\n+ process %s 1\n' "$left" "$(awk '{ print $22 }' "/proc/$left/stat")" "$other" > "$dir/run/$c/acquired"
	lx-gc
	wait_for 10 dead "$left"
	# another process that has got the number
	fails dead "$other"
	kill "$other"
}

@test "a reboot starts the program anew" {
	need pasta
	new
	user_link
	on_host lx-start "$c"
	before=$(program_pid)
	lx-stop -r "$c"
	wait_for 30 state_is RUNNING
	wait_for 20 dead "$before"
	wait_for 20 inside_ask 192.0.2.1 7777
}

@test "slirp4netns serves where there is no pasta" {
	need slirp4netns
	[ ! -e /usr/bin/pasta ] || cover="mount --bind /dev/null /usr/bin/pasta;"
	new
	user_link
	on_host sh -c "${cover:-} exec lx-start $c"
	same hello-from-the-world "$(inside_ask 192.0.2.1 7777)"
	like '*10.0.2.100/24*' "$(inside ip -o -4 addr show eth0)"
	unanswered inside_ask 10.0.2.2 7778
	pid=$(program_pid)
	like '*slirp4netns*' "$(tr '\0' ' ' < "/proc/$pid/cmdline")"
	same "$(root_id)" "$(stat -c %u "/proc/$pid")"
	lx-stop -k "$c"
	wait_for 10 dead "$pid"

	user_link 'forward = tcp 18080 80'
	refuses "lx-start: $c: links: eth0: slirp4netns cannot do forward; install passt" on_host sh -c "${cover:-} exec lx-start $c"
}

@test "without a program the error says what to install" {
	new
	user_link
	refuses "lx-start: $c: links: eth0: neither pasta nor slirp4netns is installed*install passt" on_host sh -c "
		for f in /usr/bin/pasta /usr/bin/slirp4netns; do [ ! -e \$f ] || mount --bind /dev/null \$f; done; exec lx-start $c"
}

@test "a device of tunnels that is root's alone is told" {
	need pasta
	new
	user_link
	refuses "*chmod 0666 /dev/net/tun" on_host sh -c "chmod 600 /dev/net/tun; exec lx-start $c"
}

@test "a privileged container has a link of type user too" {
	need pasta
	new
	set_key container.privileged yes
	user_link
	on_host lx-start "$c"
	same hello-from-the-world "$(inside_ask 192.0.2.1 7777)"
	unanswered inside_ask 10.0.2.2 7778
}
