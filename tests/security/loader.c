/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lies in a guest under the name of the host's dynamic loader. When the guest gets lx to execute itself there (a script that
 * begins with #!/proc/self/exe), the kernel maps the host's program and runs this: it opens /proc/self/exe, which is the
 * host's file, and hands the descriptor on. It has no C library, because the program that it is started for is not its own.
 */
#include <fcntl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static long call(long n, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
	return r;
}
#elif defined(__aarch64__)
static long call(long n, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = n, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c, x3 __asm__("x3") = d;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
#else
#error "the loader is written for x86_64 and aarch64"
#endif

/* Before Linux 6.10 the kernel clears the rest of an interpreter's last page, and execve() fails when it may not. */
static volatile int writable __attribute__((used)) = 1;

void _start(void);

void _start(void)
{
	static const char *const argv[] = { "payload", "overwrite-later", "9", 0 };
	static const char *const env[] = { 0 };
	long fd = call(SYS_openat, AT_FDCWD, (long)"/proc/self/exe", O_RDONLY, 0);

	(void)call(SYS_dup3, fd, 9, 0, 0);
	(void)call(SYS_execve, (long)"/bin/payload-inside", (long)argv, (long)env, 0);
	(void)call(SYS_exit_group, 99, 0, 0, 0);
	__builtin_unreachable();
}
