#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What AppArmor holds back in a privileged container, whose root is that of the host and may mount a proc or sysfs of which nothing
# is covered. The twin of each is the same container unconfined.

# shellcheck disable=SC2154 # dir, c, payload, ... are lib.bash's
load lib

setup_file()
{
	[ -e /sys/kernel/security/apparmor/.replace ] || { skip_file "AppArmor is not enabled on this host"; return; }
	command -v apparmor_parser > /dev/null || { skip_file "apparmor_parser is not installed"; return; }
	file_begin
	[ -n "${dir:-}" ] || return 0
	lx-checkconfig 2> /dev/null | grep -q '^AppArmor: missing.*--without-apparmor' && skip_file "lx was built without AppArmor"
	return 0
}

# Two privileged containers that run: the confined one first, then its twin.
pair()
{
	new
	set_key container.privileged yes
	lx-start "$c"
	confined=$c
	new
	set_key container.privileged yes
	set_key security.apparmor unconfined
	lx-start "$c"
	unconfined=$c
}

sh_in()
{
	lx-attach "$1" -- sh -c "$2"
}

# closed SETUP ATTEMPT: after SETUP, which may fail where it is refused, ATTEMPT fails for the confined one; for its twin both work.
closed()
{
	sh_in "$confined" "$1" > /dev/null 2>&1 || :
	fails sh_in "$confined" "$2"
	sh_in "$unconfined" "$1"
	sh_in "$unconfined" "$2"
}

# Writes what the file holds, so that nothing changes.
rewrite()
{
	printf 'v=$(cat %s) && echo "$v" > %s' "$1" "$1"
}

@test "a proc that is mounted anew" {
	pair # the twin runs without a profile
	prepare="mkdir -p /tmp/proc; mount -t proc proc /tmp/proc"
	for file in sys/kernel/core_pattern sys/kernel/modprobe sys/kernel/sysrq sys/vm/overcommit_memory sys/fs/suid_dumpable; do
		closed "$prepare" "$(rewrite "/tmp/proc/$file")"
		prepare=:
	done
	closed : "echo h > /tmp/proc/sysrq-trigger" # prints a help text into the kernel's log
	# what is the container's own can be written
	sh_in "$confined" "$(rewrite /tmp/proc/sys/kernel/hostname)"
}

@test "a proc under another name" {
	pair # the twin runs without a profile
	closed "mkdir -p /tmp/x; mount -t proc proc /tmp/x" "test -e /tmp/x/1"
}

@test "a sysfs that is mounted anew" {
	pair # the twin runs without a profile
	prepare="mkdir -p /tmp/sys; mount -t sysfs sysfs /tmp/sys"
	for file in kernel/uevent_helper module/printk/parameters/time; do
		sh_in "$unconfined" "test -e /tmp/sys/$file || test -e /sys/$file" || continue
		closed "$prepare" "$(rewrite "/tmp/sys/$file")"
		prepare=:
	done
	same : "$prepare"
}

@test "covers that are taken away" {
	pair # the twin runs without a profile
	closed "umount /proc/sysrq-trigger; umount /proc/sys/kernel/random/boot_id; umount /proc/sys/net; umount /proc/sys" \
		"$(rewrite /proc/sys/kernel/core_pattern)"
	closed : "echo h > /proc/sysrq-trigger"
}

@test "covers that are made writable" {
	pair # the twin runs without a profile
	closed "mount -o remount,rw,bind /proc/sys" "$(rewrite /proc/sys/kernel/core_pattern)"
}

@test "a part of proc that is bound to another place" {
	pair # the twin runs without a profile
	prepare="mkdir -p /tmp/proc /tmp/a /tmp/b; touch /tmp/f; mount -t proc proc /tmp/proc"
	sh_in "$confined" "$prepare"
	sh_in "$unconfined" "$prepare"
	closed "mount --bind /tmp/proc/sys/kernel /tmp/a" "$(rewrite /tmp/a/modprobe)"
	closed : "$(rewrite /tmp/a/core_pattern)"
	closed "mount --bind /tmp/proc/sys /tmp/b" "$(rewrite /tmp/b/kernel/modprobe)"
	closed "mount --bind /tmp/proc/sys/kernel/core_pattern /tmp/f" "cat /tmp/f | grep . && $(rewrite /tmp/f)"
}

@test "a mount point that is moved" {
	pair # the twin runs without a profile
	prepare="mkdir -p /tmp/proc /tmp/a; mount --make-rprivate /; mount -t proc proc /tmp/proc; mount --bind /tmp/proc/sys/kernel /tmp/proc/sys/kernel"
	sh_in "$confined" "$prepare"
	sh_in "$unconfined" "$prepare"
	closed "mount --move /tmp/proc/sys/kernel /tmp/a" "$(rewrite /tmp/a/modprobe)"
}

@test "a mount that is taken away under a process" {
	pair # the twin runs without a profile
	prepare="mkdir -p /tmp/proc /tmp/sys"
	sh_in "$confined" "$prepare"
	sh_in "$unconfined" "$prepare"
	for file in sys/kernel/modprobe sys/vm/overcommit_memory sys/fs/suid_dumpable; do
		closed : "mount -t proc proc /tmp/proc && cd /tmp/proc/${file%/*} && umount -l /tmp/proc && $(rewrite "${file##*/}")"
	done
	file=module/printk/parameters/time
	[ ! -e /sys/$file ] ||
		closed : "mount -t sysfs sysfs /tmp/sys && cd /tmp/sys/${file%/*} && umount -l /tmp/sys && $(rewrite "${file##*/}")"
}

@test "file systems that show the kernel itself" {
	pair # the twin runs without a profile
	for type in debugfs tracefs securityfs configfs; do
		grep -qw "$type" /proc/filesystems || continue
		closed : "mkdir -p /tmp/$type && mount -t $type none /tmp/$type"
	done
}

@test "a process that is none of its own" {
	pids=()
	pair # the twin runs without a profile
	for c in "$confined" "$unconfined"; do
		lx-attach --elevated-privileges=LSM "$c" -- sh -c 'echo $$ > /tmp/pid; exec sleep 1000' &
		pids+=($!)
		wait_for 60 sh_in "$c" "test -s /tmp/pid"
	done
	closed : 'kill -0 $(cat /tmp/pid)'
	closed : 'readlink /proc/$(cat /tmp/pid)/exe'
	for c in "$confined" "$unconfined"; do
		lx-stop -k "$c"
	done
	wait "${pids[@]}" || : # not for the one that keeps the time limit of bats
}
