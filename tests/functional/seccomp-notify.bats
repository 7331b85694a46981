#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# System calls that lx answers in the kernel's place. Each test has its twin: the same attempt where nothing is intercepted.
# shellcheck disable=SC2154 # dir, c, ... are lib.bash's

load lib

setup_file()
{
	file_begin
	[ -n "${dir:-}" ] || return 0
	[ "$(lx-checkconfig 2> /dev/null | grep -c '^seccomp: available')" = 2 ] || { skip_file "this kernel or build has no seccomp"; return; }
}

teardown()
{
	test_end
	[ ! -e "$dir/loop" ] || losetup -d "$(cat "$dir/loop")"
	rm -f "$dir/loop"
}

agent_pid()
{
	pgrep -P "$(monitor_pid)" -x lx-agent
}

# A loop device of $dir/NAME.img in $loop, gone after the test
loop_of()
{
	loop=$(losetup -f --show "$dir/$1.img" 2> /dev/null) || skip "this host has no loop devices"
	echo "$loop" > "$dir/loop"
}

need_file_system()
{
	command -v "mkfs.$1" > /dev/null || skip "mkfs.$1 is not installed"
	modprobe -q "$1" 2> /dev/null || :
	grep -qw "$1" /proc/filesystems || skip "this kernel has no $1"
}

@test "the nodes of harmless devices can be made, and work" {
	new
	set_key security.intercept.mknod yes
	lx-start "$c"
	inside sh -c 'mkdir /made && cd /made && mknod null c 1 3 && mknod /made/zero c 1 5 && mknod ../made/tty c 5 0'
	same "character special file 1 3 0:0" "$(inside stat -c '%F %t %T %u:%g' /made/null)"
	inside sh -c 'echo away > /made/null'
	same 4 "$(inside sh -c 'head -c 4 /made/zero | wc -c')"

	# what the mode and the mask say, and as an owner may change it
	inside sh -c 'umask 027; mknod /made/full c 1 7; mknod -m 622 /made/random c 1 8'
	same 640 "$(inside stat -c %a /made/full)"
	same 622 "$(inside stat -c %a /made/random)"
	inside chown 5:6 /made/full
	same 5:6 "$(inside stat -c %u:%g /made/full)"

	# it is a real node below, which outlives the run
	inside sh -c 'umount /made/null'
	same "character special file" "$(inside stat -c %F /made/null)"
	fails inside sh -c 'echo away > /made/null'
	inside rm /made/null

	# others cannot, nor the host's console
	fails inside mknod /made/sda b 8 0
	fails inside mknod /made/mem c 1 1
	fails inside mknod /made/console c 5 1
	fails inside mknod /made/fuse c 10 229
	# what is wrong for the kernel is wrong for lx
	refuses "*File exists*" inside mknod /made/zero c 1 5
	refuses "*No such file*" inside mknod /made/none/null c 1 3
	refuses "*Not a directory*" inside mknod /made/zero/null c 1 3
	# what needs no help gets none
	inside mknod /made/fifo p

	# twin
	started
	refuses "*Operation not permitted*" inside mknod /null c 1 3
}

@test "a node on a file system of the guest's own works too" {
	new
	set_key security.intercept.mknod yes
	lx-start "$c"
	inside sh -c 'mkdir /own && mount -t tmpfs own /own && mknod /own/null c 1 3'
	lx-attach "$c" -- sh -c 'echo away > /own/null && cat /own/null'
	same "" "$(inside cat /own/null)"
}

@test "who is no root inside makes no node" {
	new
	set_key security.intercept.mknod yes
	lx-start "$c"
	inside chmod 1777 /tmp
	refuses "*Operation not permitted*" lx-attach -u 1000 "$c" -- mknod /tmp/null c 1 3
	inside mknod /tmp/null c 1 3
}

@test "init and its children are served as attached commands are" {
	new
	set_key security.intercept.mknod yes
	same "works" "$(lx-execute "$c" -- sh -c 'mknod /null c 1 3 && echo away > /null && echo works')"
	set_key security.intercept.mknod no
	fails lx-execute "$c" -- mknod /null2 c 1 3
}

@test "calls of a start hook are answered already" {
	new
	set_key security.intercept.mknod yes
	set_key hook.start '/bin/mknod /hooked c 1 3'
	lx-start "$c"
	inside sh -c 'echo away > /hooked'
	# one that fails leaves nothing
	new
	set_key security.intercept.mknod yes
	set_key hook.start '/bin/mknod /hooked b 8 0'
	fails lx-start "$c"
	state_is STOPPED
	gone
}

@test "sysinfo tells the container's limits and age" {
	new
	set_key security.intercept.sysinfo yes
	set_key cgroup.memory.max 64M
	lx-start "$c" || skip "this host limits no memory"
	same 65536 "$(inside free | awk '/^Mem:/ { print $2 }' | cut -c 1-5)"
	like "*up 0 min*" "$(inside uptime)"

	# twin
	set_key security.intercept.sysinfo no
	lx-stop -k "$c"
	lx-start "$c"
	fails [ "$(inside free | awk '/^Mem:/ { print $2 }')" = 65536 ]
}

@test "32-bit programs get sysinfo in their own form" {
	[ "$(uname -m)" = x86_64 ] || skip "this machine has no other instruction set"
	cat > "$dir/narrow.c" <<-'EOF'
		#include <stdio.h>
		#include <string.h>
		#include <sys/mman.h>

		/* sysinfo(2) by i386's number, into memory that it can name */
		int main(void)
		{
			unsigned *info = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
			long r = 116;

			__asm__ volatile("int $0x80" : "+a"(r) : "b"(info) : "memory", "r8", "r9", "r10", "r11");
			if (r < 0)
				printf("error %ld\n", -r);
			else
				printf("%llu %d\n", (unsigned long long)info[4] * info[13] / 1024, info[16] == 0);
			return 0;
		}
	EOF
	${CC:-cc} -D_GNU_SOURCE -O1 -static -o "$dir/narrow" "$dir/narrow.c" || skip "no static program can be built here"
	case $("$dir/narrow" 2> /dev/null) in
	[0-9]*) ;;
	*) skip "this kernel runs no 32-bit programs" ;;
	esac
	new
	set_key security.intercept.sysinfo yes
	set_key cgroup.memory.max 64M
	lx-start "$c" || skip "this host limits no memory"
	lx-attach "$c" -- sh -c 'cat > /narrow && chmod 755 /narrow' < "$dir/narrow"
	same "65536 1" "$(inside /narrow)"
}

@test "a file system that is named can be mounted from a device that is given" {
	need_file_system ext4
	truncate -s 16M "$dir/ext4.img"
	mkfs.ext4 -q "$dir/ext4.img"
	loop_of ext4
	new
	set_key security.intercept.mount ext4
	set_key device.disk.path "$loop"
	lx-start "$c"
	inside sh -c "mkdir /m && mount -t ext4 $loop /m && touch /m/file"
	same 0:0 "$(inside stat -c %u:%g /m/file)"
	like "$loop /m ext4 rw,nodev,*" "$(inside grep ' /m ' /proc/mounts)"
	# not for devices, and that cannot be changed
	fails inside mount -o remount,dev /m
	inside umount /m
	inside mount -t ext4 -o ro,noexec "$loop" /m
	fails inside touch /m/other
	inside umount /m
	# options that are the host's business
	for option in journal_path=/dev/null errors=panic; do
		exits 255 inside mount -t ext4 -o "$option" "$loop" /m
		like "*Invalid argument*" "$stderr"
	done
	# a file, and what is not there
	fails inside mount -t ext4 /etc/passwd /m
	fails inside mount -t ext4 /dev/none /m
	# what a guest can mount by itself it still can
	inside mount -t tmpfs own /m
	# file systems that are not named
	fails inside mount -t squashfs "$loop" /m

	# twin: the kernel refuses
	lx-stop -k "$c"
	lx-config unset "$c" security.intercept.mount
	lx-start "$c"
	fails inside mount -t ext4 "$loop" /m
}

@test "a file system on a device that is not given cannot be mounted" {
	need_file_system erofs
	mkdir -p "$dir/tree"
	echo inside > "$dir/tree/file"
	mkfs.erofs --quiet "$dir/erofs.img" "$dir/tree" > /dev/null 2>&1 || mkfs.erofs "$dir/erofs.img" "$dir/tree" > /dev/null
	loop_of erofs
	new
	set_key security.intercept.mount erofs
	set_key device.disk.path "$loop"
	set_key device.disk.access m
	lx-start "$c"
	inside mkdir -p /m
	refuses "*ermission*" inside mount -t erofs -o ro "$loop" /m

	# twin
	lx-stop -k "$c"
	set_key device.disk.access r
	lx-start "$c"
	inside mount -t erofs -o ro "$loop" /m
	same inside "$(inside cat /m/file)"
}

@test "an agent that dies is replaced, callers wait for the next" {
	new
	set_key security.intercept.mknod yes
	lx-start "$c"
	first=$(agent_pid)
	kill -9 "$first"
	wait_for 10 eval '[ -n "$(agent_pid)" ] && [ "$(agent_pid)" != "$first" ]'
	inside mknod /null c 1 3
	# one that is attached before and makes its call after
	lx-attach "$c" -- sh -c 'touch /ready; while [ ! -e /go ]; do sleep 0.1; done; mknod /later c 1 3 && touch /worked' &
	wait_for 10 inside test -e /ready
	second=$(agent_pid)
	kill -9 "$second"
	inside touch /go
	wait $!
	inside test -e /worked
}

@test "an agent that dies too often is given up, and that is said" {
	new
	set_key security.intercept.mknod yes
	lx-start "$c"
	for _ in 1 2 3 4; do
		last=$(agent_pid)
		kill -9 "$last"
		wait_for 10 eval '[ -n "$(agent_pid)" ] && [ "$(agent_pid)" != "$last" ]'
	done
	kill -9 "$(agent_pid)"
	wait_for 10 eval 'lx-info "$c" | grep -q Trouble'
	same "" "$(agent_pid)"
	state_is RUNNING
	like "*Trouble:*intercepted system calls are not answered*; see $dir/log/$c.log*" "$(lx-info "$c")"
	grep -q "answer ENOSYS until the next start" "$dir/log/$c.log"
	# an attached command would find nobody either
	refuses "*intercepted system calls are not answered*" inside true

	lx-stop -k "$c"
	lx-start "$c"
	fails eval 'lx-info "$c" | grep -q Trouble'
	inside mknod /null c 1 3
}

@test "a policy that notifies is served" {
	new
	printf '2\ndenylist\nmknod notify\nmknodat notify\n' > "$dir/policy"
	set_key security.seccomp "$dir/policy"
	lx-start "$c"
	inside mknod /null c 1 3
	fails inside mknod /sda b 8 0
	inside mknod /fifo p
	lx-stop -k "$c"
	printf '2\ndenylist\nchdir notify\n' > "$dir/policy"
	refuses "lx-start: *$dir/policy:3: nobody answers for \"chdir\"*" lx-start "$c"
}
