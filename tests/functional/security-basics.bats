#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a container is kept from.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

setup_file()
{
	file_begin
	[ -n "${dir:-}" ] || return 0
	started
	export main=$c kept=$c
}

setup()
{
	test_begin
	c=$main
}

@test "two containers have no id in common" {
	first=$(xargs < "/proc/$(init_pid)/uid_map" | cut -d ' ' -f 2,3)
	started
	second=$(xargs < "/proc/$(init_pid)/uid_map" | cut -d ' ' -f 2,3)
	set -- $first $second
	[ "$2" -eq 65536 ]
	[ $(($1 + $2)) -le "$3" ] || [ $(($3 + $4)) -le "$1" ]
	# and keep theirs over a restart
	lx-stop -k "$c"
	lx-start "$c"
	same "$second" "$(xargs < "/proc/$(init_pid)/uid_map" | cut -d ' ' -f 2,3)"
}

@test "files on disk keep plain owners, and a start changes none" {
	new -B dir
	root=$(lx-config get "$c" rootfs.path)
	root=${root#dir:}
	same 0 "$(stat -c %u "$root/bin/busybox")"
	before=$(stat -c %Z "$root/bin/busybox" "$root/etc/passwd" "$root/root")
	lx-start "$c"
	same 0 "$(inside stat -c %u /bin/busybox)"
	inside chown 1234:5678 /root
	same "1234 5678" "$(stat -c '%u %g' "$root/root")"
	inside chown 0:0 /root
	lx-stop -k "$c"
	same "$(echo "$before" | head -n 2)" "$(stat -c %Z "$root/bin/busybox" "$root/etc/passwd")"
}

@test "root inside is nobody outside" {
	[ "$(stat -c %u "/proc/$(init_pid)")" -ge 65536 ]
	inside sleep "4321.$tag" 3>&- &
	sleeper=$!
	wait_for 5 pgrep -f "^sleep 4321.$tag"
	[ "$(stat -c %u "/proc/$(pgrep -f "^sleep 4321.$tag")")" -ge 65536 ]
	kill "$sleeper"
	wait "$sleeper" || true
}

@test "/proc: what reaches the kernel is read-only or covered" {
	for file in /proc/sys/kernel/hostname /proc/sys/vm/swappiness /proc/sys/kernel/core_pattern /proc/sysrq-trigger; do
		fails inside sh -c "echo 1 > $file" 2> /dev/null
	done
	# of its own network namespace it may be changed
	inside sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
	for file in /proc/kcore /proc/keys /proc/timer_list; do
		[ ! -e "$file" ] || same "" "$(inside head -c 1 "$file" 2> /dev/null)"
	done
	[ "$(sysctl -n kernel.hostname)" = "$(hostname)" ]
}

@test "/sys cannot be written" {
	fails inside sh -c 'echo 1 > /sys/kernel/mm/ksm/run' 2> /dev/null
	fails inside mkdir /sys/fs/cgroup/../mark 2> /dev/null
	like "*ro*" "$(inside awk '$5 == "/sys" { print $6 }' /proc/self/mountinfo)"
}

@test "/dev has what every program needs, and nothing else" {
	same "console core fd full log mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero" \
		"$(inside ls /dev | grep -v -x -e initctl -e log | sort | { cat; echo log; } | sort | xargs)"
	same "0" "$(inside sh -c 'head -c 10 /dev/zero | tr -d "\0" | wc -c')"
	inside sh -c 'echo x > /dev/null'
	fails inside sh -c 'echo x > /dev/full' 2> /dev/null
	inside sh -c '[ $(head -c 16 /dev/urandom | wc -c) = 16 ]'
	fails inside mknod /root/sda b 8 0 2> /dev/null
	fails inside mknod /dev/mem c 1 1 2> /dev/null
}

@test "no mount of the host is to be seen" {
	fails inside grep -F "$dir" /proc/self/mountinfo
	fails inside grep -F "$dir" /proc/self/mounts
	# overlay names its layers
	[ "$(inside grep -c . /proc/self/mountinfo)" -gt 5 ]
	same "" "$(inside sh -c 'cat /proc/self/mountinfo' | awk '$5 ~ /^\/(home|boot|media|etc)\// { print $5 }' | grep -v -e '^/etc/hostname$' || true)"
}

@test "without the covers, the kernel itself refuses a user of its own namespace" {
	before=$(cat /proc/sys/vm/swappiness /proc/sys/kernel/core_pattern)
	for target in /proc/sys /proc/kcore /proc/sysrq-trigger /sys; do
		inside mount -o remount,rw,bind "$target" 2> /dev/null || true
		inside umount -l "$target" 2> /dev/null || true
	done
	fails inside sh -c 'echo 1 > /proc/sys/vm/swappiness' 2> /dev/null
	fails inside sh -c 'echo x > /proc/sys/kernel/core_pattern' 2> /dev/null
	fails inside sh -c 'echo h > /proc/sysrq-trigger' 2> /dev/null
	fails inside head -c 1 /proc/kcore 2> /dev/null
	fails inside sh -c 'echo 1 > /sys/kernel/mm/ksm/run' 2> /dev/null
	same "$before" "$(cat /proc/sys/vm/swappiness /proc/sys/kernel/core_pattern)"
	lx-stop -k "$c"
	lx-start "$c"
}

@test "processes of the host are not seen nor signalled" {
	init_is_up
	inside ps -o args | grep -q syslogd
	fails eval 'inside ps -o args | grep -q lx-monitord'
	fails inside kill -0 "$$" 2> /dev/null
}

@test "system calls that only harm are refused" {
	same 2 "$(sed -n 's/^Seccomp:\t//p' "/proc/$(init_pid)/status")"
	same 2 "$(inside sed -n 's/^Seccomp:[^0-9]*//p' /proc/self/status)"
	set_key security.seccomp none
	lx-stop -k "$c"
	lx-start "$c"
	same 0 "$(sed -n 's/^Seccomp:\t//p' "/proc/$(init_pid)/status")"
	lx-config unset "$c" security.seccomp
	lx-stop -k "$c"
	lx-start "$c"
}

@test "capabilities: dropped ones are gone from the bounding set, kept ones are all there is" {
	bound=$(sed -n 's/^CapBnd:\t//p' "/proc/$(init_pid)/status")
	[ $((0x$bound >> 16 & 1)) = 0 ] # sys_module
	[ $((0x$bound >> 25 & 1)) = 0 ] # sys_time
	[ $((0x$bound >> 21 & 1)) = 1 ] # sys_admin, of its own user namespace
	new
	set_key security.capabilities.keep chown,kill,setuid,setgid,sys_boot
	lx-start "$c"
	same $((1 << 0 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 22)) $((0x$(sed -n 's/^CapBnd:\t//p' "/proc/$(init_pid)/status")))
	same $((1 << 0 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 22)) $((0x$(inside sed -n 's/^CapEff:[^0-9]*//p' /proc/self/status)))
	fails inside mount -t tmpfs tmpfs /mnt 2> /dev/null
}

@test "no new privileges" {
	same 0 "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$(init_pid)/status")"
	new
	set_key security.no-new-privileges yes
	lx-start "$c"
	same 1 "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$(init_pid)/status")"
	same 1 "$(inside sed -n 's/^NoNewPrivs:[^0-9]*//p' /proc/self/status)"
}

@test "resource limits" {
	new
	set_key security.rlimit nofile=100:200
	lx-start "$c"
	like "Max open files *100 *200 *files*" "$(grep '^Max open files' "/proc/$(init_pid)/limits")"
}

@test "devices are given one by one" {
	new
	fails inside true 2> /dev/null
	set_key device.fuse.path /dev/full
	set_key device.fuse.target /dev/given
	lx-start "$c"
	same "1:7" "$(inside stat -c %t:%T /dev/given)"
	fails inside sh -c 'echo x > /dev/given' 2> "$dir/stderr"
	inside sh -c '[ $(head -c 3 /dev/given | wc -c) = 3 ]'
}

@test "a privileged container is still contained" {
	new
	set_key container.privileged yes
	lx-start "$c"
	fails inside sh -c 'echo 1 > /proc/sys/vm/swappiness' 2> /dev/null
	fails inside sh -c 'echo x > /proc/sysrq-trigger' 2> /dev/null
	inside mknod /root/disk b 8 0 2> /dev/null || true
	fails inside sh -c 'head -c 1 /root/disk' 2> /dev/null
	fails inside mknod /root/mem c 1 1 2> /dev/null || fails inside head -c 1 /root/mem 2> /dev/null
	fails inside insmod /nothing.ko 2> /dev/null
	bound=$(sed -n 's/^CapBnd:\t//p' "/proc/$(init_pid)/status")
	[ $((0x$bound >> 16 & 1)) = 0 ] # sys_module
	[ $((0x$bound >> 17 & 1)) = 0 ] # sys_rawio
	[ $((0x$bound >> 25 & 1)) = 0 ] # sys_time
}
