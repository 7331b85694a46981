#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# System calls as the kernel answers them inside: a program of ours there makes one and says what it got.

load lib

setup_file()
{
	file_begin
	lx-checkconfig 2> /dev/null | grep -q 'seccomp' || skip "lx-checkconfig does not know seccomp"
	cat > "$dir/ask.c" <<-'EOF'
		#include <errno.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <sys/syscall.h>
		#include <unistd.h>

		static const struct {
			const char *name;
			long call;
		} names[] = {
			{ "bpf", SYS_bpf }, { "chdir", SYS_chdir }, { "fanotify_init", SYS_fanotify_init },
			{ "getpriority", SYS_getpriority }, { "io_uring_setup", SYS_io_uring_setup },
			{ "ioctl", SYS_ioctl }, { "keyctl", SYS_keyctl }, { "open_by_handle_at", SYS_open_by_handle_at },
			{ "umount2", SYS_umount2 }, { "unknown", 4000 },
		};

		int main(int argc, char **argv)
		{
			long args[4] = { 0 };
			size_t i = 0;

			for (int n = 2; n < argc && n < 6; n++)
				args[n - 2] = strtol(argv[n], NULL, 0);
			while (argc > 1 && i < sizeof(names) / sizeof(*names) && strcmp(names[i].name, argv[1]))
				i++;
			if (argc < 2 || i == sizeof(names) / sizeof(*names))
				return 2;
			errno = 0;
			if (syscall(names[i].call, args[0], args[1], args[2], args[3]) >= 0)
				puts("done");
			else
				puts(strerrorname_np(errno));
			return 0;
		}
	EOF
	${CC:-cc} -D_GNU_SOURCE -O1 -static -o "$dir/ask" "$dir/ask.c" || skip "no static program can be built here"
}

# $c runs, and has the program.
running()
{
	lx-start "$c"
	lx-attach "$c" -- sh -c 'cat > /ask && chmod 755 /ask' < "$dir/ask"
}

# answers WANTED CALL ARGUMENT...
answers()
{
	local wanted=$1
	shift

	same "$* $wanted" "$* $(inside /ask "$@")"
}

@test "the default policy refuses what is dangerous, and what nobody knows" {
	new
	running
	same 2 "$(inside awk '/^Seccomp:/ { print $2 }' /proc/1/status)"
	same 2 "$(inside awk '/^Seccomp:/ { print $2 }' /proc/self/status)"
	answers EPERM bpf -1
	answers EPERM fanotify_init -1
	answers EPERM open_by_handle_at
	answers EPERM ioctl 0 0x5412
	answers ENOSYS keyctl -1
	answers ENOSYS io_uring_setup
	answers ENOSYS unknown
	answers done getpriority
	fails inside mknod /tmp/disk b 8 0
}

@test "without a policy the kernel itself answers" {
	new
	set_key security.seccomp none
	running
	same 0 "$(inside awk '/^Seccomp:/ { print $2 }' /proc/1/status)"
	answers EOPNOTSUPP keyctl -1
	answers ENOTTY ioctl 0 0x12345
}

@test "a privileged container has the default policy too" {
	new
	set_key container.privileged yes
	running
	answers EPERM open_by_handle_at
	answers ENOSYS keyctl -1
}
