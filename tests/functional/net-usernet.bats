#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# lx-usernet: what a user who is not root gets by it, and what not. The host is a network namespace of the tests' own, the
# containers are bare namespaces of the accounts nobody and daemon. The helper's capability is an ambient one here: that of
# its file would come with another configuration, the installed one.
# shellcheck disable=SC2154 # dir, c, ... are lib.bash's

load lib

setup_file()
{
	local program

	file_begin
	[ -z "${skipped_file:-}" ] || return 0
	[ -n "${top_builddir:-}" ] || { skip_file "lx-usernet's client is in the build tree"; return; }
	for program in ip setpriv; do
		command -v "$program" > /dev/null || { skip_file "$program is not installed"; return; }
	done
	id nobody daemon > /dev/null || { skip_file "needs the accounts nobody and daemon"; return; }

	host=lxh$tag
	export host
	ip netns add "$host"
	ip -n "$host" link add name br0 up mtu 1400 type bridge
	ip -n "$host" link add name br1 up type bridge
	# where every user can execute them
	cp "$top_builddir/src/libexec/lx-usernet" "$top_builddir/tests/functional/usernet" "$dir/bin"
	chmod -R a+rX "$dir"
}

teardown_file()
{
	[ -z "${host:-}" ] || ip netns del "$host"
	file_end
}

setup()
{
	test_begin
	guests=()
	listener=
	export LX_POLICY=$dir/etc
	rm -rf "$dir/etc/users.d"
	mkdir "$dir/etc/users.d"
}

teardown()
{
	[ -z "${guests[*]}$listener" ] || kill "${guests[@]}" $listener 2> /dev/null || :
	[ -z "${host:-}" ] || wait_for 10 no_links
}

# Pairs vanish with their guests.
no_links()
{
	[ -z "$(ip -n "$host" -o link show type veth)" ]
}

# allow LINE...
allow()
{
	printf '%s\n' "$@" > "$dir/etc/users.d/test.conf"
}

# A container of that account; its pid is in $guest.
add_guest()
{
	setpriv --reuid="$1" --regid="$(id -g "$1")" --clear-groups unshare -Un sleep 300 3>&- &
	guest=$!
	guests+=("$guest")
	wait_for 10 eval '[ "$(readlink "/proc/$guest/ns/net")" != "$(readlink /proc/self/ns/net)" ]'
}

# as ACCOUNT COMMAND...: on the host of the tests
as()
{
	nsenter --net="/run/netns/$host" setpriv --reuid="$1" --regid="$(id -g "$1")" --init-groups --inh-caps=-all "${@:2}"
}

# ask ACCOUNT REQUEST...: with a helper that has its right
ask()
{
	nsenter --net="/run/netns/$host" setpriv --reuid="$1" --regid="$(id -g "$1")" --init-groups \
		--inh-caps=-all,+net_admin --ambient-caps=-all,+net_admin usernet "$dir/bin/lx-usernet" "${@:2}"
}

# denied GLOB ACCOUNT REQUEST...
denied()
{
	exits 1 ask "${@:2}"
	like "refused: $1" "$output"
}

add()
{
	ask nobody add br0 "${2:-eth0}" 02:00:00:00:00:0"${3:-1}" "${1:-$guest}"
}

link()
{
	ip -n "$host" -d -o link show dev "$1" 2> /dev/null
}

@test "nobody has a right without a line of the policy" {
	add_guest nobody
	denied "user nobody may have no link on a bridge; the administrator can allow it in $dir/etc/users.d, *" \
		nobody add br0 eth0 02:00:00:00:00:01 "$guest"
	allow '[user daemon]' 'bridge = br0' 'links = 2'
	denied 'user nobody may have no link *' nobody add br0 eth0 02:00:00:00:00:01 "$guest"
	allow '[user nobody]' 'bridge = br0'
	denied 'user nobody may have no link *' nobody add br0 eth0 02:00:00:00:00:01 "$guest"
	no_links
}

@test "a link is a pair from the bridge to the container" {
	allow '[user nobody]' 'bridge = br0' 'links = 1'
	add_guest nobody
	same lx65534-0 "$(add | sed "s/$(id -u nobody)/65534/")"
	like '*<*,UP*mtu 1400*master br0*alias lx-usernet*' "$(link "lx$(id -u nobody)-0")"
	like '*eth0@*mtu 1400*02:00:00:00:00:01*' "$(nsenter -t "$guest" -n ip -o link show dev eth0)"
}

@test "the policy of a group counts for its members" {
	allow '[group daemon]' 'bridge = br0' 'links = 1'
	add_guest daemon
	ask daemon add br0 eth0 02:00:00:00:00:01 "$guest"
	add_guest nobody
	denied 'user nobody may have no link *' nobody add br0 eth0 02:00:00:00:00:01 "$guest"
}

@test "only the bridges of the policy, and only bridges" {
	allow '[user nobody]' 'bridge = br0' 'bridge = lo' 'bridge = br9' 'links = 2'
	add_guest nobody
	denied 'user nobody may have no link on bridge br1' nobody add br1 eth0 02:00:00:00:00:01 "$guest"
	denied 'lo is not a bridge' nobody add lo eth0 02:00:00:00:00:01 "$guest"
	denied 'bridge br9 does not exist*' nobody add br9 eth0 02:00:00:00:00:01 "$guest"
	no_links
	add
}

@test "no more links than the policy has, and a link that dies is given back" {
	allow '[user nobody]' 'bridge = br0' 'links = 2'
	add_guest nobody
	first=$guest
	add "$first" eth0 1
	add_guest nobody
	add "$guest" eth0 2
	denied 'user nobody has 2 links already, *' nobody add br0 eth1 02:00:00:00:00:03 "$guest"
	# another user's are not counted
	printf '[user daemon]\nbridge = br0\nlinks = 1\n' >> "$dir/etc/users.d/test.conf"
	second=$guest
	add_guest daemon
	ask daemon add br0 eth0 02:00:00:00:00:04 "$guest"

	# its container ends without a word to anybody
	kill -9 "$first"
	wait_for 10 fails link "lx$(id -u nobody)-0"
	add "$second" eth1 3
}

@test "many at once get no more than one after the other" {
	allow '[user nobody]' 'bridge = br0' 'links = 3'
	add_guest nobody
	for n in 1 2 3 4 5 6 7 8; do
		add "$guest" "eth$n" "$n" > "$dir/many$n" 2>&1 3>&- &
		eval "pid$n=$!"
	done
	for n in 1 2 3 4 5 6 7 8; do
		pid=pid$n
		wait "${!pid}" || :
	done
	same 3 "$(ip -n "$host" -o link show type veth | wc -l)"
	same 3 "$(cat "$dir"/many* | grep -c '^lx')"
}

@test "a name that the container has already is told, and takes no quota" {
	allow '[user nobody]' 'bridge = br0' 'links = 2'
	add_guest nobody
	add
	denied 'the container has a link eth0 already' nobody add br0 eth0 02:00:00:00:00:02 "$guest"
	add "$guest" eth1 2
}

@test "somebody else's network namespace is refused" {
	allow '[user nobody]' 'bridge = br0' 'links = 2' '[user daemon]' 'bridge = br0' 'links = 2'
	add_guest daemon
	denied "the network namespace belongs to user $(id -u daemon), *" nobody file br0 eth0 02:00:00:00:00:01 /proc/self/fd/9 \
		9< "/proc/$guest/ns/net"
	denied 'the network namespace belongs to user 0, *' nobody file br0 eth0 02:00:00:00:00:01 /proc/self/fd/9 9< /proc/self/ns/net
	no_links
	# the same descriptor is good for its owner
	ask daemon file br0 eth0 02:00:00:00:00:01 /proc/self/fd/9 9< "/proc/$guest/ns/net"
}

@test "a descriptor of anything else is refused" {
	allow '[user nobody]' 'bridge = br0' 'links = 2'
	add_guest nobody
	for file in "/proc/$guest/ns/user" "/proc/$guest/ns/uts" /dev/null "$dir"; do
		denied 'the descriptor is not a network namespace' nobody file br0 eth0 02:00:00:00:00:01 /proc/self/fd/9 9< "$file"
	done
	ask nobody file br0 eth0 02:00:00:00:00:01 /proc/self/fd/9 9< "/proc/$guest/ns/net"
}

@test "a user removes links of its own, and no others" {
	allow '[user nobody]' 'bridge = br0' 'links = 2' '[user daemon]' 'bridge = br0' 'links = 2'
	add_guest nobody
	name=$(add)
	denied "link $name is not one of user *" daemon remove "$name"
	denied 'link br0 is not one of user *' nobody remove br0
	# one that the administrator has made under such a name
	ip -n "$host" link add name "lx$(id -u nobody)-1" type veth peer name other
	denied "link lx$(id -u nobody)-1 was not made by lx-usernet" nobody remove "lx$(id -u nobody)-1"
	ip -n "$host" link del other
	link "$name"
	ask nobody remove "$name"
	fails link "$name"
	# it may be gone
	ask nobody remove "$name"
}

@test "a helper without its right says so" {
	allow '[user nobody]' 'bridge = br0' 'links = 2'
	add_guest nobody
	exits 1 as nobody usernet "$dir/bin/lx-usernet" add br0 eth0 02:00:00:00:00:01 "$guest"
	like 'refused: lx-usernet has no right over the network; run setcap *' "$output"
}

# For everybody: its mode comes last.
listens()
{
	[ "$(stat -c %a "$dir/usernet.socket")" = 666 ]
}

@test "the helper keeps one right, and cannot be traced" {
	nsenter --net="/run/netns/$host" usernet "$dir/bin/lx-usernet" listen "$dir/usernet.socket" 3>&- &
	listener=$!
	wait_for 10 listens
	usernet "$dir/usernet.socket" idle 300 3>&- &
	guests+=($!)
	wait_for 10 pgrep -P "$listener"
	helper=$(pgrep -P "$listener")
	wait_for 10 grep -q '^CapPrm:.*0000000000001000$' "/proc/$helper/status"
	wait_for 10 grep -q '^CapInh:.*0000000000000000$' "/proc/$helper/status"
	wait_for 10 grep -q '^NoNewPrivs:.*1$' "/proc/$helper/status"
	rm "$dir/usernet.socket"
}

@test "behind a socket the helper is root, and its user is who connects" {
	allow '[user nobody]' 'bridge = br0' 'links = 2'
	nsenter --net="/run/netns/$host" usernet "$dir/bin/lx-usernet" listen "$dir/usernet.socket" 3>&- &
	listener=$!
	wait_for 10 listens
	add_guest daemon
	exits 1 as daemon usernet "$dir/usernet.socket" add br0 eth0 02:00:00:00:00:01 "$guest"
	like 'refused: user daemon may have no link *' "$output"
	exits 1 as nobody usernet "$dir/usernet.socket" file br0 eth0 02:00:00:00:00:01 /proc/self/fd/9 9< "/proc/$guest/ns/net"
	like 'refused: the network namespace belongs to user *' "$output"
	no_links
	add_guest nobody
	as nobody usernet "$dir/usernet.socket" add br0 eth0 02:00:00:00:00:01 "$guest"
	link "lx$(id -u nobody)-0"
	rm "$dir/usernet.socket"
}

@test "a policy that others can write is none" {
	allow '[user nobody]' 'bridge = br0' 'links = 2'
	add_guest nobody
	chmod o+w "$dir/etc/users.d/test.conf"
	denied '*/users.d/test.conf must belong to root, *' nobody add br0 eth0 02:00:00:00:00:01 "$guest"
	chmod o-w "$dir/etc/users.d/test.conf"
	chown nobody "$dir/etc/users.d"
	denied '*/users.d must belong to root, *' nobody add br0 eth0 02:00:00:00:00:01 "$guest"
	chown root "$dir/etc/users.d"
	add
}

@test "what is no request is refused" {
	allow '[user nobody]' 'bridge = br0' 'links = 2'
	denied 'the request for a link cannot be read' nobody text 1 'br0 eth0 02:00:00:00:00:01' # no descriptor
	denied 'the request for a link cannot be read' nobody text 2 'a b'
	denied 'the request for a link cannot be read' nobody text 7 x
	denied 'the request for a link cannot be read' nobody text 2 "$(printf '%100s' x)"
	add_guest nobody
	denied 'the request for a link cannot be read' nobody add br0 eth0 03:00:00:00:00:01 "$guest" # of a group
	denied 'the request for a link cannot be read' nobody add br0 eth0/1 02:00:00:00:00:01 "$guest"
	denied 'the request for a link cannot be read' nobody add br0 'eth0 x' 02:00:00:00:00:01 "$guest"
	add
}

@test "started by hand it explains itself" {
	exits 1 lx-usernet < /dev/null
	like 'lx-usernet: this program is run by lx *' "$stderr"
	exits 1 lx-usernet --help
	like '*lx-usernet(8)' "$stderr"
}
