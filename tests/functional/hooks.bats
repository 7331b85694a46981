#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The sample hooks, run as lx runs them; then the stages of a container, which has no network.

setup()
{
	dir=$(mktemp -d "${BATS_TMPDIR:-/tmp}/lx-hooks.XXXXXX")
	hooks=${top_srcdir:-.}/hooks
	chmod 755 "$dir" # hooks at mount stages run with the ids of the container
	name=hooks$$-$BATS_TEST_NUMBER # cgroups belong to the whole machine
	export LX_NAME=web LX_STAGE=start-host
}

teardown()
{
	[ ! -e "$dir/store/$name" ] || lx destroy -f "$name" > /dev/null 2>&1 || true
	rm -rf "$dir"
}

lx()
{
	env -u LX_NAME -u LX_STAGE LX_CONFIG="$dir/lx.conf" "${top_builddir:-.}/lx" "$@"
}

# add_container LINE...: lines are added to the configuration of container $name
add_container()
{
	[ "$(id -u)" = 0 ] || skip "needs root"
	command -v busybox > /dev/null || skip "busybox is not installed"
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
EOF
	lx create "$name" -t busybox > /dev/null
	printf '%s\n' '[network eth0]' 'type = empty' "$@" >> "$dir/store/$name/config"
}

# A hook that writes down its stage and two more words.
write_recorder()
{
	cat > "$dir/record" << 'EOF'
#!/bin/sh
read -r state
printf '%s %s %s\n' "$LX_STAGE" "${LX_TARGET:--}" "${LX_INIT_PID:+pid}" >> "$1"
printf '%s\n' "$state" | jq -e --arg stage "$LX_STAGE" '.id == env.LX_NAME and .lx.stage == $stage' > /dev/null
EOF
	chmod 755 "$dir/record"
}

@test "notify prints where there is no log" {
	[ ! -S /dev/log ] && [ ! -S /run/systemd/journal/stdout ] || skip "this host has a system log"
	[ "$("$hooks/notify")" = "web: start-host" ]
	[ "$(LX_STAGE=stop LX_TARGET=reboot "$hooks/notify" --priority warning)" = "web: stop (reboot)" ]
	[ "$(LX_STAGE=clone LX_SOURCE_NAME=old "$hooks/notify")" = "web: clone (from old)" ]
}

@test "wait-for-mount lets a mount point pass" {
	"$hooks/wait-for-mount" /proc
	"$hooks/wait-for-mount" --wait 5 /proc /sys
}

@test "wait-for-mount refuses what is none" {
	run "$hooks/wait-for-mount" /proc /etc
	[ "$status" -eq 1 ]
	[ "$output" = "/etc is not a mount point" ]
	run "$hooks/wait-for-mount" --wait 1 "$BATS_TMPDIR/does not exist"
	[ "$status" -eq 1 ]
	[[ $output == *"does not exist is not a mount point" ]]
}

@test "hooks refuse a configuration that says nothing" {
	run "$hooks/wait-for-mount"
	[ "$status" -eq 2 ]
	run "$hooks/wait-for-mount" --wait soon /proc
	[ "$status" -eq 2 ]
	run "$hooks/port-forward"
	[ "$status" -eq 2 ]
	run "$hooks/port-forward" 10.0.5.20 tcp:0:80
	[ "$status" -eq 2 ]
	run "$hooks/port-forward" "10.0.5.20;x" tcp:1:80
	[ "$status" -eq 2 ]
	run env -u LX_NAME "$hooks/notify"
	[ "$status" -ne 0 ]
}

@test "port-forward replaces and removes its own table" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	command -v nft > /dev/null || skip "nft is not installed"
	run unshare -n sh -ec '
		LX_NAME=a-b.c "$0" 10.0.5.20 tcp:8080:80
		LX_NAME=a-b.c "$0" 10.0.5.20 tcp:8081:80 udp:53:53
		nft list table ip lxport_a_b__c
		LX_NAME=a-b.c LX_STAGE=post-stop "$0"
		LX_NAME=a-b.c LX_STAGE=post-stop "$0"
		nft list tables' "$hooks/port-forward"
	[ "$status" -eq 0 ]
	[[ $output == *"tcp dport 8081 dnat to 10.0.5.20:80"* ]]
	[[ $output == *"udp dport 53 dnat to 10.0.5.20:53"* ]]
	[[ $output != *8080* ]]
	[[ ${lines[-1]} == "}" ]]
}

@test "every stage of a run has its turn, in order" {
	command -v jq > /dev/null || skip "jq is not installed"
	write_recorder
	lines=()
	touch "$dir/stages"
	chmod 666 "$dir/stages"
	for stage in pre-start pre-mount mount start-host stop post-stop destroy; do
		lines+=("$stage = $dir/record $dir/stages")
	done
	add_container '[hook]' "${lines[@]}" 'start = /bin/sh -c "echo $LX_STAGE inside"'
	lx start "$name"
	lx stop -k "$name"
	grep -q 'hook start /bin/sh: start inside' "$dir/log/$name.log"
	lx destroy "$name"
	diff - "$dir/stages" << EOF
pre-start - 
pre-mount - 
mount - 
start-host - pid
stop stop pid
post-stop stop 
destroy - 
EOF
}

@test "a hook that fails or hangs ends the start and says why" {
	add_container '[hook]' 'pre-start = /bin/sh -c "echo the disk is missing; exit 4"'
	run lx start "$name"
	[ "$status" -ne 0 ]
	[[ $output == *"hook pre-start /bin/sh failed with exit status 4: the disk is missing"* ]]
	lx config set "$name" hook.pre-start ''
	lx config set "$name" hook.start-host '/bin/sleep 60'
	lx config set "$name" hook.timeout 1s
	run lx start "$name"
	[ "$status" -ne 0 ]
	[[ $output == *"hook start-host /bin/sleep did not end within 1s (hook.timeout)"* ]]
	lx ls -f | grep -q STOPPED
}

@test "a stop hook finds the namespaces" {
	add_container '[hook]' 'stop = /bin/sh -c "nsenter --net=$LX_NET_NS ip -br link"'
	lx start "$name"
	lx stop -k "$name"
	grep -q 'hook stop /bin/sh: lo' "$dir/log/$name.log"
}
