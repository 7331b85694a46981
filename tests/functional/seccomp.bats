#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# System calls as the kernel answers them inside: a program of ours there makes one and says what it got.
# shellcheck disable=SC2154 # dir, c, ... are lib.bash's

load lib

setup_file()
{
	file_begin
	[ -n "${dir:-}" ] || return 0
	[ "$(lx-checkconfig 2> /dev/null | grep -c '^seccomp: available')" = 2 ] || { skip_file "this kernel or build has no seccomp"; return; }
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

		/* By its number, the way that 32-bit programs go. */
		static long i386(long call, const long *args)
		{
			long r = -ENOSYS;

		#ifdef __x86_64__
			__asm__ volatile("int $0x80" : "=a"(r) : "a"(call), "b"(args[0]), "c"(args[1]), "d"(args[2])
					 : "memory", "r8", "r9", "r10", "r11");
		#endif
			errno = r < 0 ? (int)-r : 0;
			return r < 0 ? -1 : r;
		}

		int main(int argc, char **argv)
		{
			long args[4] = { 0 };
			size_t i = 0;

			for (int n = 2; n < argc && n < 6; n++)
				args[n - 2] = strtol(argv[n], NULL, 0);
			if (argc > 2 && strcmp(argv[1], "i386") == 0) {
				puts(i386(args[0], args + 1) < 0 ? strerrorname_np(errno) : "works");
				return 0;
			}
			while (argc > 1 && i < sizeof(names) / sizeof(*names) && strcmp(names[i].name, argv[1]))
				i++;
			if (argc < 2 || i == sizeof(names) / sizeof(*names))
				return 2;
			errno = 0;
			if (syscall(names[i].call, args[0], args[1], args[2], args[3]) >= 0)
				puts("works");
			else
				puts(strerrorname_np(errno));
			return 0;
		}
	EOF
	${CC:-cc} -D_GNU_SOURCE -O1 -static -o "$dir/ask" "$dir/ask.c" || { skip_file "no static program can be built here"; return; }
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
	same 2 "$(inside sed -n 's/^Seccomp:[^0-9]*//p' /proc/1/status)"
	same 2 "$(inside sed -n 's/^Seccomp:[^0-9]*//p' /proc/self/status)"
	answers EPERM bpf -1
	answers EPERM fanotify_init -1
	answers EPERM open_by_handle_at
	answers EPERM ioctl 0 0x5412
	answers ENOSYS keyctl -1
	answers ENOSYS io_uring_setup
	answers ENOSYS unknown
	answers works getpriority
	fails inside mknod /tmp/disk b 8 0
}

@test "without a policy the kernel itself answers" {
	new
	set_key security.seccomp none
	running
	same 0 "$(inside sed -n 's/^Seccomp:[^0-9]*//p' /proc/1/status)"
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

@test "calls of 32-bit programs are filtered like those of others" {
	[ "$(uname -m)" = x86_64 ] && "$dir/ask" i386 20 > /dev/null || skip "this kernel runs no 32-bit programs"
	new
	running
	answers works i386 20             # getpid
	answers EPERM i386 342           # open_by_handle_at
	answers EPERM i386 54 0 0x5412   # ioctl: TIOCSTI
	answers EPERM i386 357 99        # bpf
	answers ENOSYS i386 288 99       # keyctl
	answers EFAULT i386 102 1        # socketcall reaches the kernel, which cannot read the arguments
}

@test "a policy in LXC's format, with arguments" {
	new
	cat > "$dir/policy" <<-'EOF'
		2
		denylist
		# comments are ignored
		reject_force_umount
		[all]
		chdir errno 71
		getpriority errno 5 [0,2,==]
		ioctl errno 42 [1,0x100,SCMP_CMP_MASKED_EQ,0xf00]
	EOF
	set_key security.seccomp "$dir/policy"
	running
	answers EPROTO chdir
	answers works getpriority 0
	answers EIO getpriority 2
	answers ENOMSG ioctl 0 0x123
	answers EACCES umount2 0 1
	answers EFAULT umount2 0 0
}

@test "the policy that comes with lx for guests that need more" {
	new
	lx-config set "$c" security.seccomp "${top_srcdir:-/usr/share/lx}/config/seccomp/denylist"
	running
	answers EOPNOTSUPP keyctl -1
	answers EPERM open_by_handle_at
	answers EPERM ioctl 0 0x5412
	answers EACCES umount2 0 1
}

@test "a list of what is allowed" {
	new
	printf '%s\n' 2 'allowlist errno 38' > "$dir/policy"
	# all that this kernel's calls have names for, but one
	grep -o '#define __NR_[a-z0-9_]*' /usr/include/*/asm/unistd_64.h /usr/include/asm-generic/unistd.h 2> /dev/null |
		sed 's/.*__NR_//' | sort -u | grep -vx -e chdir -e syscalls >> "$dir/policy"
	[ "$(wc -l < "$dir/policy")" -gt 100 ] || skip "this host has no headers of the kernel"
	set_key security.seccomp "$dir/policy"
	running
	answers ENOSYS chdir
	answers works getpriority
}

@test "a policy as OCI runtimes and docker write it" {
	new
	cat > "$dir/policy" <<-'EOF'
		{
			"defaultAction": "SCMP_ACT_ALLOW",
			"architectures": [ "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_AARCH64" ],
			"syscalls": [
				{ "names": [ "chdir" ], "action": "SCMP_ACT_ERRNO", "errnoRet": 71,
				  "excludes": { "caps": [ "CAP_SYS_MODULE" ] } },
				{ "names": [ "getpriority" ], "action": "SCMP_ACT_ERRNO",
				  "includes": { "caps": [ "CAP_SYS_MODULE" ] } },
				{ "name": "ioctl", "action": "SCMP_ACT_ERRNO", "errnoRet": 42,
				  "args": [ { "index": 1, "value": 3840, "valueTwo": 256, "op": "SCMP_CMP_MASKED_EQ" } ] }
			]
		}
	EOF
	set_key security.seccomp "$dir/policy"
	running
	answers EPROTO chdir
	answers works getpriority
	answers ENOMSG ioctl 0 0x123
}

@test "a mistake in a policy is found with its line, before anything starts" {
	new
	printf '2\ndenylist\n\nchdri errno 1\n' > "$dir/policy"
	set_key security.seccomp "$dir/policy"
	refuses "lx-start: *$dir/policy:4: there is no system call \"chdri\"" lx-start "$c"
	printf '{ "defaultAction": "SCMP_ACT_ALLOW",\n"syscalls": [\n{ "names": [ "chdir" ], "action": "DENY" } ] }\n' > "$dir/policy"
	refuses "lx-start: *$dir/policy:3: syscalls: there is no action \"DENY\"" lx-start "$c"
	printf '2\ndenylist\nchdir notify\n' > "$dir/policy"
	refuses "lx-start: *$dir/policy:3: nobody answers for \"chdir\": lx does for mknod, *" lx-start "$c"
	rm "$dir/policy"
	refuses "lx-start: *$dir/policy: No such file or directory*" lx-start "$c"
	state_is STOPPED
}
