#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ways out through the kernel's interfaces: files of /proc and /sys that run programs of the host, devices, control groups,
# neighbours. What a privileged container can undo is written down here as what it is (doc/SECURITY).

# shellcheck disable=SC2154 # dir, c, payload, ... are lib.bash's
load lib

# v1 hierarchies of the host, as mount options
hierarchies()
{
	sed -n 's/.* - cgroup [^ ]* //p' /proc/self/mountinfo | tr ',' '\n' | grep -v -e '^r[wo]$' -e release_agent -e clone_children -e xattr |
		sed 's/^name=/none,name=/' | sort -u
}

# Which of them show a release_agent when the guest mounts them
release_agents()
{
	local options

	for options in $(hierarchies); do
		sh_inside "mkdir -p /tmp/cg; mount -t cgroup -o $options cg /tmp/cg 2> /dev/null && { ls /tmp/cg/release_agent; umount /tmp/cg; }" \
			2> /dev/null || :
	done
}

@test "release_agent and the host's cgroup tree are out of sight" {
	[ -n "$(hierarchies)" ] || skip "this host has no v1 hierarchy"
	for kind in "" privileged; do
		attacker $kind
		lx-start "$c"
		same "" "$(release_agents)"
		# nor in a hierarchy of its own
		fails sh_inside "mkdir -p /tmp/cg && mount -t cgroup -o none,name=mine$tag cg /tmp/cg"
		fails sh_inside "find /tmp /sys/fs/cgroup -name '*$c*' | grep ."
	done

	# twin: in the host's cgroup namespace they are there
	attacker privileged
	set_key namespace.cgroup host
	lx-start "$c"
	like "*release_agent*" "$(release_agents)"
}

# Writes to a file what it holds already, and says "written" when that works.
rewrite()
{
	sh_inside "v=\$(cat $1) && echo \"\$v\" > $1 && echo written" 2> /dev/null || :
}

# Is FILE closed in the default configuration, whatever the guest mounts?
closed_by_default()
{
	local file=$1

	attacker
	lx-start "$c"
	same "" "$(rewrite "$file")"
	sh_inside "mount -o remount,rw /proc/sys; mount -o remount,rw /sys; umount $file; umount /proc/sys; true" 2> /dev/null
	same "" "$(rewrite "$file")"
	sh_inside "mkdir -p /tmp/proc /tmp/sys; mount -t proc proc /tmp/proc; mount -t sysfs sysfs /tmp/sys; true" 2> /dev/null
	same "" "$(rewrite "/tmp$file")"
}

# In a privileged one it is covered or read-only, which protects against accidents: its root can mount /proc again.
covered_when_privileged()
{
	local file=$1

	attacker privileged
	lx-start "$c"
	same "" "$(rewrite "$file")"
	sh_inside "mkdir -p /tmp/proc /tmp/sys; mount -t proc proc /tmp/proc; mount -t sysfs sysfs /tmp/sys" # the twin
	same written "$(rewrite "/tmp$file")"
}

@test "core_pattern is closed" {
	closed_by_default /proc/sys/kernel/core_pattern
	covered_when_privileged /proc/sys/kernel/core_pattern # and the twin: mounted anew
}

@test "modprobe's path is closed" {
	[ -e /proc/sys/kernel/modprobe ] || skip "this kernel has no modules"
	closed_by_default /proc/sys/kernel/modprobe
	covered_when_privileged /proc/sys/kernel/modprobe # and the twin: mounted anew
}

@test "uevent_helper is closed" {
	[ -e /sys/kernel/uevent_helper ] || skip "this kernel has no uevent_helper"
	closed_by_default /sys/kernel/uevent_helper
	covered_when_privileged /sys/kernel/uevent_helper # and the twin: mounted anew
}

@test "sysrq-trigger is closed" {
	[ -e /proc/sysrq-trigger ] || skip "this kernel has no sysrq-trigger"
	# "h" prints a help text into the kernel's log, and nothing else
	for kind in "" privileged; do
		attacker $kind
		lx-start "$c"
		fails sh_inside "echo h > /proc/sysrq-trigger"
	done
	attacker
	lx-start "$c"
	fails sh_inside "umount /proc/sysrq-trigger; echo h > /proc/sysrq-trigger"
	fails sh_inside "mkdir -p /tmp/p; mount -t proc proc /tmp/p; echo h > /tmp/p/sysrq-trigger"

	attacker privileged # the twin
	lx-start "$c"
	sh_inside "mkdir -p /tmp/p; mount -t proc proc /tmp/p; echo h > /tmp/p/sysrq-trigger"
}

# A block device that the host's root can open: "NAME MAJOR MINOR"
host_disk()
{
	local device first second

	for device in /dev/[svx]d[a-z] /dev/vd[a-z] /dev/nvme*n1 /dev/zram0 /dev/loop0; do
		if [ -b "$device" ] && (: < "$device") 2> /dev/null; then
			read -r first second <<< "$(stat -c '%t %T' "$device")"
			printf '%s %d %d\n' "$device" "0x$first" "0x$second"
			return 0
		fi
	done
	return 1
}

need_disk()
{
	local found

	found=$(host_disk) || skip "no block device of the host can be opened"
	read -r disk major minor <<< "$found"
}

@test "the host's disk cannot be made as a node" {
	need_disk
	for kind in "" privileged; do
		attacker $kind
		lx-start "$c"
		fails sh_inside "mknod /tmp/disk b $major $minor && : < /tmp/disk"
		fails sh_inside "mkdir -p /tmp/t; mount -t tmpfs none /tmp/t; mknod /tmp/t/disk b $major $minor && : < /tmp/t/disk"
	done

	# twin: once its section is there, a privileged container's root can
	attacker privileged
	set_key device.disk.path "$disk"
	set_key device.disk.access rwm
	lx-start "$c"
	sh_inside "mknod /tmp/disk b $major $minor && : < /tmp/disk"
}

@test "a node that lies in the root file system does not open what is not listed" {
	need_disk
	for kind in "" privileged; do
		attacker $kind
		mkdir -p "$(upper)/srv"
		mknod -m 666 "$(upper)/srv/disk" b "$major" "$minor"
		lx-start "$c"
		sh_inside "[ -b /srv/disk ]"
		fails sh_inside ": < /srv/disk"
	done

	# twin: listed
	lx-stop -k "$c"
	set_key device.disk.path "$disk"
	lx-start "$c"
	sh_inside ": < /srv/disk"
}

@test "a container's root cannot open its own device rules" {
	need_disk
	grep -q '^devices' /proc/cgroups && hierarchies | grep -qx devices || skip "the rules are a program, not files, on this host"
	for kind in "" privileged; do
		attacker $kind
		lx-start "$c"
		fails sh_inside "mkdir -p /tmp/cg; mount -t cgroup -o devices cg /tmp/cg; echo a > /tmp/cg/devices.allow"
		fails sh_inside "mknod /tmp/disk b $major $minor && : < /tmp/disk"
	done

	# twin: a group of the host, whose parent is open, takes it
	mkdir "/sys/fs/cgroup/devices/twinx$tag"
	echo a > "/sys/fs/cgroup/devices/twinx$tag/devices.deny"
	echo a > "/sys/fs/cgroup/devices/twinx$tag/devices.allow"
	like "a *" "$(cat "/sys/fs/cgroup/devices/twinx$tag/devices.list")"
	rmdir "/sys/fs/cgroup/devices/twinx$tag"
}

@test "a neighbour's files are not in reach through /proc/PID/root" {
	attacker
	neighbour=$c
	echo secret > "$dir/secret"
	plant "$dir/secret" /etc/secret 644
	lx-start "$neighbour"
	target=$(init_pid "$neighbour")
	look="mkdir -p /tmp/p; mount -t proc proc /tmp/p; cat /tmp/p/[0-9]*/root/etc/secret /proc/[0-9]*/root/etc/secret"

	for kind in "" privileged; do
		attacker $kind
		lx-start "$c"
		fails sh_inside "$look 2> /dev/null | grep secret"
	done

	# twin: in the host's pid namespace, a privileged one reads it
	attacker privileged
	set_key namespace.pid host
	set_key container.init "/bin/payload-inside init STATUS=up"
	lx-start "$c"
	same secret "$(sh_inside "cat /proc/$target/root/etc/secret")"
}

@test "abstract sockets of the host are out of reach" {
	name=lx-test-$tag
	"$payload" abstract-listen "$name" 600 > "$dir/listening" 3>&- &
	listener=$!
	wait_for 5 grep -q listening "$dir/listening"
	for kind in "" privileged; do
		attacker $kind
		lx-start "$c"
		same ECONNREFUSED "$(try abstract-connect "$name" || :)"
	done

	# twin: in the host's network namespace they are there
	attacker
	set_key network.eth0.type none
	lx-start "$c"
	same connected "$(try abstract-connect "$name")"
	kill "$listener"
}

@test "no file is opened by its handle, past the directories above it (shocker)" {
	echo secret > "$dir/secret"
	mkdir -p "$dir/shared"
	handle=$("$payload" handle "$dir/secret") || skip "this file system gives no handles"
	# shellcheck disable=SC2086 # two words
	for kind in "" privileged; do
		attacker $kind
		set_key mount.shared.source "$dir/shared"
		set_key mount.shared.target srv/shared
		set_key mount.shared.options bind,create=dir
		lx-start "$c"
		same EPERM "$(try open-handle /srv/shared $handle || :)"
	done

	# without the filter, a user namespace alone still refuses: the right is one over the host
	lx-stop -k "$c"
	set_key security.seccomp none
	set_key container.privileged no
	lx-start "$c"
	# shellcheck disable=SC2086
	same EPERM "$(try open-handle /srv/shared $handle || :)"

	# twin: without both it is open, to a directory that lies outside of what was bound
	lx-stop -k "$c"
	set_key container.privileged yes
	lx-start "$c"
	# shellcheck disable=SC2086
	same secret "$(try open-handle /srv/shared $handle)"
}

# A character device of the host that its root can open, and that is in no default list: "NAME MAJOR MINOR"
host_device()
{
	local device first second

	for device in /dev/fuse /dev/net/tun /dev/loop-control /dev/kvm /dev/kmsg; do
		if [ -c "$device" ] && (: < "$device") 2> /dev/null; then
			read -r first second <<< "$(stat -c '%t %T' "$device")"
			printf '%s %d %d\n' "$device" "0x$first" "0x$second"
			return 0
		fi
	done
	return 1
}

@test "character devices of the host, its memory among them, are not opened either" {
	found=$(host_device) || skip "no character device of the host can be opened"
	read -r device major minor <<< "$found"
	for kind in "" privileged; do
		attacker $kind
		mkdir -p "$(upper)/srv"
		mknod -m 666 "$(upper)/srv/device" c "$major" "$minor"
		mknod -m 666 "$(upper)/srv/mem" c 1 1
		lx-start "$c"
		fails sh_inside ": < /srv/device"
		fails sh_inside ": < /srv/mem"
		fails sh_inside "mknod /tmp/mem c 1 1 && : < /tmp/mem"
		fails sh_inside "mkdir -p /tmp/t; mount -t tmpfs none /tmp/t; mknod /tmp/t/device c $major $minor && : < /tmp/t/device"
	done

	# twin: listed
	lx-stop -k "$c"
	set_key device.one.path "$device"
	lx-start "$c"
	sh_inside ": < /srv/device"
}

@test "a mount that is read-only stays so" {
	host_dir
	for kind in "" "ro"; do
		attacker
		set_key mount.host.source "$host"
		set_key mount.host.target srv/host
		set_key mount.host.options "bind,create=dir${kind:+,$kind}"
		lx-start "$c"
		sh_inside "mount -o remount,rw,bind /srv/host; mkdir -p /tmp/m; mount --bind /srv/host /tmp/m; mount -o remount,rw,bind /tmp/m
			unshare -m sh -c 'mount -o remount,rw,bind /srv/host; touch /srv/host/there'; touch /tmp/m/here /srv/host/now" 2> /dev/null || :
		if [ "$kind" = ro ]; then
			host_dir_is_untouched
		else
			# twin: one that is not; the directory is the host's root's, so it takes a root that is
			chmod 777 "$host"
			sh_inside "touch /srv/host/now"
			[ -e "$host/now" ]
			rm "$host/now"
			chmod 755 "$host"
		fi
	done
}

# What the guest sees when it mounts the tree of v2: "own" when the top is a group, which only the host's root is not
tree_of_v2()
{
	sh_inside "mkdir -p /tmp/cg; mount -t cgroup2 none /tmp/cg && { [ -e /tmp/cg/cgroup.type ] && echo own || echo host; }"
}

@test "the host's control groups are out of sight on v2, and the limits above cannot be lifted" {
	grep -q ' - cgroup2 ' /proc/self/mountinfo || skip "this host has no v2 hierarchy"
	for kind in "" privileged; do
		attacker $kind
		[ ! -e /sys/fs/cgroup/cgroup.controllers ] || set_key cgroup.pids.max 100
		lx-start "$c"
		same own "$(tree_of_v2)"
		fails sh_inside "find /tmp/cg -name '*$c*' | grep ."
		fails sh_inside "find /tmp/cg -maxdepth 1 -name '*.slice' | grep ."
		[ ! -e /sys/fs/cgroup/cgroup.controllers ] || fails sh_inside "echo max > /tmp/cg/pids.max; payload-inside fork 200"
	done

	# twin: in the host's cgroup namespace
	attacker privileged
	set_key namespace.cgroup host
	lx-start "$c"
	same host "$(tree_of_v2)"
}
