#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The network of a user who is not root: a link of type user without anybody's permission, and one on a bridge by lx-usernet.
# The user is made up as in user.bats; the host is a network namespace of the tests' own, as in net-type-user.bats.
# shellcheck disable=SC2154 # dir, c, ... are lib.bash's

load lib

setup_file()
{
	local program

	file_begin
	[ -z "${skipped_file:-}" ] || return 0
	for program in ip busybox newuidmap setpriv; do
		command -v "$program" > /dev/null || { skip_file "$program is not installed"; return; }
	done
	[ "$(sysctl -n user.max_user_namespaces)" != 0 ] || { skip_file "user namespaces are off"; return; }
	[ -c /dev/net/tun ] || { skip_file "this kernel has no /dev/net/tun"; return; }

	user=$((62100 + tag % 1000)) base=$((3300000000 + tag % 1000 * 70000)) host=lxh$tag
	export user base host
	ip netns add "$host"
	ip -n "$host" link set lo up
	ip -n "$host" link add name br0 up type bridge
	ip -n "$host" addr add 192.0.2.1/24 dev br0
	ip -n "$host" route add default via 192.0.2.2
	mkdir -p "$dir/world" "$dir/policy/users.d"
	echo hello > "$dir/world/index.html"
	nsenter --net="/run/netns/$host" busybox httpd -p 192.0.2.1:7777 -h "$dir/world" 3>&-
	add_user
}

teardown_file()
{
	if [ -n "${host:-}" ]; then
		ip netns pids "$host" | xargs -r kill 2> /dev/null || :
		ip netns del "$host"
	fi
	file_end
}

setup()
{
	test_begin
	rm -f "$dir/policy/users.d"/* "$dir/home/.config/lx/default.conf"
}

teardown()
{
	local name

	[ -n "${dir:-}" ] && [ -z "${skipped_file:-}" ] || return 0
	[ "${BATS_TEST_COMPLETED:-}" = 1 ] || tail -n 40 "$dir"/home/.local/state/lx/log/* "$dir/stderr" 2> /dev/null || :
	for name in $(as lx-ls -1); do
		as lx-destroy -f "$name"
	done
}

add_user()
{
	local file

	for file in passwd group subuid subgid; do
		cp "/etc/$file" "$dir/$file"
		chmod 644 "$dir/$file"
	done
	printf 'alice:x:%s:%s::%s:/bin/sh\n' "$user" "$user" "$dir/home" >> "$dir/passwd"
	printf 'alice:x:%s:\n' "$user" >> "$dir/group"
	printf 'alice:%s:65536\n' "$base" | tee -a "$dir/subuid" >> "$dir/subgid"
	mkdir -p "$dir/home/.config/lx" "$dir/home/run"
	printf '[paths]\n%s' "${top_builddir:+templates = $top_srcdir/templates
share = $top_srcdir
libexec = $top_builddir/src/libexec
}" > "$dir/home/.config/lx/lx.conf"
	chmod 700 "$dir/home" "$dir/home/run"
	chown -R "$user:$user" "$dir/home"
}

# as COMMAND...: alice on the host of the tests. With $rights, lx-usernet has its right as its file would give it.
as()
{
	# shellcheck disable=SC2016 # for the inner shell
	nsenter --net="/run/netns/$host" unshare -m --propagation private bash -c '
		set -e
		dir=$1 uid=$2 rights=$3
		shift 3
		for file in passwd group subuid subgid; do
			mount --bind "$dir/$file" "/etc/$file"
		done
		mount -t tmpfs -o mode=755 tmpfs /dev/net
		mknod -m 666 /dev/net/tun c 10 200
		cd /
		exec setpriv --reuid "$uid" --regid "$uid" --clear-groups ${rights:+--inh-caps=-all,+net_admin --ambient-caps=-all,+net_admin} \
			env -u LX_CONFIG -u XDG_CONFIG_HOME -u XDG_DATA_HOME -u XDG_CACHE_HOME -u XDG_STATE_HOME LX_POLICY="$dir/policy" \
			HOME="$dir/home" USER=alice XDG_RUNTIME_DIR="$dir/home/run" "$@"
	' as "$dir" "$user" "${rights:-}" "$@"
}

new_for()
{
	new_name
	as lx-create "$c" -t busybox > "$dir/create" 2>&1 || {
		cat "$dir/create" >&2
		return 1
	}
}

# The next containers have such a link.
default_link()
{
	printf '[network eth0]\n%s\n' "$@" > "$dir/home/.config/lx/default.conf"
}

ask()
{
	as lx-attach "$c" -- timeout 60 busybox wget -q -O - "http://192.0.2.1:7777/"
}

@test "a user's container has the network of type user by default" {
	command -v pasta > /dev/null || command -v slirp4netns > /dev/null || skip "neither pasta nor slirp4netns is installed"
	new_for
	as lx-config list "$c" | grep -q '^network.eth0.type = user$'
	as lx-start "$c"
	like '*10.0.2.100/24*' "$(as lx-attach "$c" -- ip -o -4 addr show eth0)"
	same hello "$(ask)"
	# the program is the container's root, which the host gave to the user
	pid=$(sed -n 's/^+ process \([0-9]*\) .*/\1/p' "$dir/home/run/lx/$c/acquired")
	same "$base" "$(stat -c %u "/proc/$pid")"
	as lx-stop -k "$c"
	wait_for 10 dead "$pid"
}

@test "a link on a bridge takes the administrator's permission" {
	[ ! -e /run/lx-usernet.socket ] || skip "the host's own lx-usernet would answer"
	default_link 'type = veth' 'link = br0' 'ipv4.address = 192.0.2.10/24'
	new_for
	rights=yes
	exits 1 as lx-start "$c"
	like "lx-start: $c: links: eth0: user alice may have no link on a bridge; *" "$stderr"

	printf '[user alice]\nbridge = br0\nlinks = 1\n' > "$dir/policy/users.d/alice.conf"
	as lx-start "$c"
	same hello "$(ask)"
	ip -n "$host" -d link show dev "lx$user-0" | grep -q 'master br0'

	# one link is allowed
	first=$c
	default_link 'type = veth' 'link = br0' 'ipv4.address = 192.0.2.11/24'
	new_for
	exits 1 as lx-start "$c"
	like "*user alice has 1 links already, *" "$stderr"
	as lx-stop -k "$first"
	as lx-start "$c"
	same hello "$(ask)"
}

@test "a reboot gets its link again, and a killed monitor leaves none" {
	[ ! -e /run/lx-usernet.socket ] || skip "the host's own lx-usernet would answer"
	default_link 'type = veth' 'link = br0' 'ipv4.address = 192.0.2.10/24'
	printf '[user alice]\nbridge = br0\nlinks = 1\n' > "$dir/policy/users.d/alice.conf"
	new_for
	rights=yes as lx-start "$c"
	as lx-attach "$c" -- touch /run/before
	as lx-stop -r "$c"
	wait_for 30 as lx-attach "$c" -- test ! -e /run/before
	wait_for 20 ask
	kill -9 "$(as lx-info --format=json "$c" | sed -n 's/.*"monitor-pid": *\([0-9]*\).*/\1/p')"
	wait_for 10 fails ip -n "$host" link show dev "lx$user-0"
	rights=yes as lx-start "$c"
	same hello "$(ask)"
}

@test "without its right lx-usernet says what the administrator can do" {
	[ ! -e /run/lx-usernet.socket ] || skip "the host's own lx-usernet would answer"
	default_link 'type = veth' 'link = br0'
	printf '[user alice]\nbridge = br0\nlinks = 1\n' > "$dir/policy/users.d/alice.conf"
	new_for
	exits 1 as lx-start "$c"
	like "lx-start: $c: links: eth0: lx-usernet has no right over the network; run setcap *" "$stderr"
}

@test "names on the host are not the user's to choose" {
	default_link 'type = veth' 'link = br0' 'host-name = eth1'
	new_for
	exits 1 as lx-start "$c"
	like "*host-name and mtu are not for users to choose; *" "$stderr"
}
