#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The managed network: lx-net in a network namespace of the test's own, with a guest that is a bare namespace. Then
# containers that are started there.

setup()
{
	[ "$(id -u)" = 0 ] || skip "needs root"
	for program in ip nft dnsmasq busybox; do
		command -v "$program" > /dev/null || skip "$program is not installed"
	done

	dir=$(mktemp -d "${BATS_TMPDIR:-/tmp}/lx-net.XXXXXX")
	host=lxt$$x$BATS_TEST_NUMBER
	guests=()
	containers=()
	# cgroups belong to the whole machine
	one=net$$-$BATS_TEST_NUMBER-one
	two=net$$-$BATS_TEST_NUMBER-two
	write_conf 10.0.5.1/24
	export LX_CONFIG=$dir/lx.conf
	ip netns add "$host"
	inside ip link set lo up
	# a new namespace has the host's value
	inside sh -c 'echo 0 > /proc/sys/net/ipv4/ip_forward'
	[ ! -e /proc/sys/net/ipv6 ] || inside sh -c 'echo 0 > /proc/sys/net/ipv6/conf/all/forwarding'
}

teardown()
{
	[ -n "${host:-}" ] || return 0
	for pid in "${guests[@]}"; do
		kill "$pid" 2> /dev/null || true
	done
	for name in "${containers[@]}"; do
		lx destroy -f "$name" > /dev/null 2>&1 || true
	done
	lx_net down --force > /dev/null 2>&1 || true
	ip netns pids "$host" | xargs -r kill 2> /dev/null || true
	ip netns del "$host"
	rm -rf "$dir"
}

# write_conf ADDRESS [LINE...]: lines are added to [network]
write_conf()
{
	cat > "$dir/lx.conf" << EOF
[paths]
containers = $dir/store
images = $dir/images
run = $dir/run
log = $dir/log
templates = ${top_srcdir:-.}/templates
share = ${top_srcdir:-.}
libexec = ${top_builddir:-.}/src/libexec
config = ${top_srcdir:-.}/config
[network]
bridge = lxtest0
ipv4.address = $1
EOF
	shift
	printf '%s\n' "$@" >> "$dir/lx.conf"
}

inside()
{
	# "ip netns exec" would hide the cgroups below /sys
	nsenter --net="/run/netns/$host" "$@"
}

lx()
{
	inside "${top_builddir:-.}/lx" "$@"
}

lx_net()
{
	lx net "$@"
}

# add_container NAME [LINE...]: lines are added to its configuration
add_container()
{
	lx create "$1" -t busybox > /dev/null
	containers+=("$1")
	printf '%s\n' "${@:2}" >> "$dir/store/$1/config"
}

# Nothing on standard input matches.
lacks()
{
	if grep "$1"; then return 1; fi
}

fails()
{
	if "$@"; then return 1; fi
}

# await COMMAND...: until it succeeds; no test of ours takes as long as this gives it
await()
{
	for _ in $(seq 1200); do
		! "$@" > /dev/null 2>&1 || return 0
		sleep 0.1
	done
	printf 'waited in vain for: %s\n' "$*" >&2
	return 1
}

# has_left PID: our network namespace
has_left()
{
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# listens PORT COMMAND...: somebody does, with TCP, in the network namespace that COMMAND enters
listens()
{
	"${@:2}" cat /proc/net/tcp /proc/net/tcp6 | grep -q "$(printf ':%04X [0-9A-F]*:0000 0A ' "$1")"
}

# A namespace with a link on the bridge; its pid is in $guest.
add_guest()
{
	unshare -n sleep 1200 3>&- &
	guest=$!
	guests+=("$guest")
	await has_left "$guest"
	inside ip link add name "g$guest" up master lxtest0 type veth peer name eth0 netns "$guest"
	nsenter -t "$guest" -n ip link set eth0 up
}

# What the host has after all was taken down.
assert_bare()
{
	[ "$(inside ip -br link | grep -vc '^lo ')" = 0 ]
	[ -z "$(inside nft list ruleset)" ]
	[ "$(inside cat /proc/sys/net/ipv4/ip_forward)" = 0 ]
	await no_processes
}

no_processes()
{
	[ -z "$(ip netns pids "$host")" ]
}

@test "up makes everything, status shows it, down removes it" {
	lx_net up
	inside ip -br addr show lxtest0 | grep -q '10.0.5.1/24'
	inside nft list table inet lx_lxtest0 | grep -q masquerade
	[ "$(inside cat /proc/sys/net/ipv4/ip_forward)" = 1 ]

	run lx_net status
	[ "$status" -eq 0 ]
	[[ $output == *lxtest0*running*10.0.5.1/24* ]]

	lx_net down
	assert_bare
}

@test "up again changes nothing, and repairs what is gone" {
	lx_net up
	before=$(inside ip addr show lxtest0; inside nft list ruleset; cat "$dir/run/.net/lxtest0/dnsmasq.pid")
	lx_net up
	[ "$before" = "$(inside ip addr show lxtest0; inside nft list ruleset; cat "$dir/run/.net/lxtest0/dnsmasq.pid")" ]

	kill -9 "$(cat "$dir/run/.net/lxtest0/dnsmasq.pid")"
	await no_processes
	lx_net status | grep -q 'not running'
	inside nft flush ruleset
	inside ip addr flush dev lxtest0
	lx_net up
	lx_net status | lacks 'not '
	inside ip -br addr show lxtest0 | grep -q '10.0.5.1/24'
}

@test "a guest gets an address by DHCP, and its name is known" {
	lx_net up
	add_guest
	printf '#!/bin/sh\n[ "$1" != bound ] || ip addr add "$ip/$mask" dev "$interface"\n' > "$dir/udhcpc"
	chmod 755 "$dir/udhcpc"
	nsenter -t "$guest" -n busybox udhcpc -i eth0 -n -q -f -x hostname:web -s "$dir/udhcpc"
	address=$(nsenter -t "$guest" -n ip -4 -o addr show eth0 | grep -o '10\.0\.5\.[0-9]*/24')
	nsenter -t "$guest" -n busybox ping -c 1 -W 20 10.0.5.1
	nsenter -t "$guest" -n busybox nslookup web.lx 10.0.5.1 | grep -q "${address%/24}"
	lx_net status | grep -q "${address%/24} .* web"
}

@test "a guest reaches the outside, the outside reaches no guest" {
	lx_net up
	add_guest
	inner=$guest
	nsenter -t "$inner" -n sh -c 'ip addr add 10.0.5.9/24 dev eth0; ip route add default via 10.0.5.1'
	unshare -n sleep 1200 3>&- &
	outer=$!
	guests+=("$outer")
	await has_left "$outer"
	inside ip link add name out0 type veth peer name eth0 netns "$outer"
	inside sh -c 'ip addr add 192.0.2.1/24 dev out0; ip link set out0 up'
	nsenter -t "$outer" -n sh -c 'ip addr add 192.0.2.2/24 dev eth0; ip link set eth0 up; ip route add default via 192.0.2.1'

	nsenter -t "$inner" -n busybox ping -c 1 -W 20 192.0.2.2
	fails nsenter -t "$outer" -n busybox ping -c 1 -W 1 10.0.5.9
	fails nsenter -t "$outer" -n busybox nslookup -timeout=1 web.lx 10.0.5.1

	export LX_NAME=web LX_STAGE=start-host
	hook=${top_srcdir:-.}/hooks/port-forward
	inside "$hook" 10.0.5.9 tcp:8080:80
	nsenter -t "$inner" -n sh -c 'echo through | busybox nc -l -p 80' 3>&- &
	await listens 80 nsenter -t "$inner" -n
	[ "$(nsenter -t "$outer" -n busybox nc -w 20 192.0.2.1 8080 < /dev/null)" = through ]
	LX_STAGE=post-stop inside "$hook"
	inside nft list tables | lacks lxport
}

@test "guests configure IPv6 by themselves" {
	[ -e /proc/sys/net/ipv6 ] || skip "this kernel runs without IPv6"
	write_conf 10.0.5.1/24 "ipv6.address = fd00:5::1/64"
	lx_net up
	add_guest
	await eval 'nsenter -t "$guest" -n ip -6 -o addr show eth0 | grep -q "fd00:5::.*dynamic"'
	nsenter -t "$guest" -n ip -6 -o addr show eth0 | grep -q 'fd00:5::'
	[ "$(inside cat /proc/sys/net/ipv6/conf/all/forwarding)" = 1 ]
	kill "$guest"
	lx_net down --force
	[ "$(inside cat /proc/sys/net/ipv6/conf/all/forwarding)" = 0 ]
}

@test "down refuses while there are members, unless forced" {
	lx_net up
	add_guest
	run lx_net down
	[ "$status" -ne 0 ]
	[[ $output == *"lxtest0 is used by 1 link (g$guest); stop the containers, or use --force"* ]]
	lx_net status | grep -q "g$guest"
	lx_net down --force
	fails inside ip link show lxtest0
}

@test "a bridge of somebody else is used and left" {
	inside ip link add lxtest0 type bridge
	inside ip addr add 10.77.0.1/24 dev lxtest0
	lx_net up
	inside ip -br addr show lxtest0 | grep '10.77.0.1/24' | grep -q '10.0.5.1/24'
	lx_net down
	inside ip -br addr show lxtest0 | grep -q '10.77.0.1/24'
	inside ip -br addr show lxtest0 | lacks '10.0.5.1/24'
	inside ip link del lxtest0
	assert_bare
}

@test "what cannot be done says why and leaves nothing" {
	inside ip link add other0 type bridge
	inside ip addr add 10.0.5.200/16 dev other0
	run lx_net up
	[ "$status" -ne 0 ]
	[[ $output == *"network of 10.0.5.1/24 overlaps 10.0.5.200/16 of link other0; set another ipv4.address"* ]]
	inside ip link del other0
	assert_bare

	inside nft add table inet lx_lxtest0
	run lx_net up
	[ "$status" -ne 0 ]
	[[ $output == *"there is a table inet lx_lxtest0 of nftables that lx-net did not make"* ]]
	inside nft delete table inet lx_lxtest0
	assert_bare

	inside ip link add lxtest0 type veth peer name other1
	run lx_net up
	[ "$status" -ne 0 ]
	[[ $output == *"there is a link lxtest0 that is not a bridge"* ]]
	inside ip link del lxtest0
	assert_bare

	inside busybox nc -l -p 53 3>&- &
	listener=$!
	await listens 53 inside
	run lx_net up
	[ "$status" -ne 0 ]
	[[ $output == *"Address already in use"* ]]
	ip netns pids "$host" | xargs -r kill
	wait "$listener" || true # not for all: the time limit of bats is a background process, too
	assert_bare

	write_conf 10.0.5.1
	run lx_net up
	[ "$status" -ne 0 ]
	[[ $output == *"$dir/lx.conf:"*"ipv4.address"* ]]
	assert_bare
}

@test "two networks live beside each other" {
	lx_net up
	sed 's/lxtest0/lxtest1/; s/10.0.5.1/10.0.6.1/' "$dir/lx.conf" > "$dir/second.conf"
	LX_CONFIG=$dir/second.conf lx_net up
	inside nft list tables | grep -q 'inet lx_lxtest1'
	LX_CONFIG=$dir/second.conf lx_net down
	[ "$(inside cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
	lx_net status | grep -q 10.0.5.1
	lx_net status | lacks 'not '
	lx_net down
	assert_bare
}

@test "a forward chain that drops is named with its remedy" {
	inside nft add table ip filter
	inside nft 'add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'
	run lx_net up
	[ "$status" -eq 0 ]
	[[ $output == *"nft insert rule ip filter FORWARD iifname lxtest0 accept"* ]]
	inside nft insert rule ip filter FORWARD iifname lxtest0 accept
	inside nft insert rule ip filter FORWARD oifname lxtest0 accept
	run lx_net up
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "containers get static addresses and reach each other" {
	lx_net up
	add_container "$one" '[network eth0]' 'ipv4.address = 10.0.5.20/24' 'ipv4.gateway = auto' 'mtu = 1400'
	add_container "$two" '[network eth0]' 'name = lan0' 'mac = 02:00:00:00:00:22' 'host-name = lxtwo' \
		'ipv4.address = 10.0.5.21/24' 'ipv6.address = fd00:5::21/64'
	lx start "$one"
	lx start "$two"
	[ "$(lx info "$one" -iH)" = 10.0.5.20 ]
	inside ip -br link show lxtwo
	first=$(lx info "$one" -pH)
	second=$(lx info "$two" -pH)

	nsenter -t "$first" -n busybox ping -c 1 -W 20 10.0.5.21
	nsenter -t "$first" -n ip route | grep -q 'default via 10.0.5.1 dev eth0'
	nsenter -t "$first" -n ip link show eth0 | grep -q 'mtu 1400'
	nsenter -t "$second" -n ip link show lan0 | grep -q '02:00:00:00:00:22'
	nsenter -t "$second" -n ip -6 addr show lan0 | grep 'fd00:5::21/64' | lacks tentative

	lx stop -k "$one"
	lx stop -k "$two"
	lx_net status | lacks Member:
}

@test "a container gets an address by DHCP, the same after a restart" {
	lx_net up
	add_container "$one"
	lx start "$one"
	await eval 'address=$(lx info "$one" -iH) && [ -n "$address" ]'
	[[ $address == 10.0.5.* ]]
	nsenter -t "$(lx info "$one" -pH)" -n ip -o link show eth0 > "$dir/link"
	lx stop -k "$one"
	lx start "$one"
	nsenter -t "$(lx info "$one" -pH)" -n ip -o link show eth0 | grep -o 'ether [0-9a-f:]*' > "$dir/mac"
	grep -q "$(cat "$dir/mac")" "$dir/link"
	lx stop -k "$one"
}

@test "a start without its bridge says what to do, and leaves nothing" {
	add_container "$one"
	run lx start "$one"
	[ "$status" -ne 0 ]
	[[ $output == *"$one: links: eth0: bridge lxtest0 does not exist; run lx-net up, or set link in $dir/store/$one/config"* ]]
	lx ls -f | grep -q STOPPED
	assert_bare
}

@test "a batch that fails names the link, and leaves nothing" {
	lx_net up
	add_container "$one" '[network eth0]' 'ipv4.address = 10.0.5.20/24' 'ipv4.gateway = 0.0.0.0'
	run lx start "$one"
	[ "$status" -ne 0 ]
	[[ $output == *"$one: links: eth0: set gateway 0.0.0.0: "* ]]
	lx_net status | lacks Member:
}
