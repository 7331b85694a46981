/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The compiled filter, asked by a small machine here as the kernel would ask it; and the order in which all is applied. */
#include "unit.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "fake/fake.h"
#include "security/security.h"
#include "seccomp-machine.h"

static struct lx_seccomp_program build(bool privileged, uint64_t bounding)
{
	struct lx_config config = { 0 };
	struct lx_seccomp_program program;
	struct lx_error err = { 0 };

	if (!lx_seccomp_is_available() || NATIVE == 0)
		skip();
	config.container.privileged = privileged;
	assert_done(lx_seccomp_build(&config, bounding, &program, &err), &err);
	return program;
}

static void test_seccomp_answers_as_the_table_says(void **state _unused_)
{
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = build(false, 0);

	assert_int_equal(ask(&p, SYS_read, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_clone3, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_mount, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, 4000, 0, 0, 0, 0), ENOSYS); /* nobody knows it yet */
	assert_int_equal(ask(&p, -1, 0, 0, 0, 0), 0); /* a tracer has answered */
	assert_int_equal(ask(&p, SYS_kexec_load, 0, 0, 0, 0), EPERM);
	assert_int_equal(ask(&p, SYS_open_by_handle_at, 0, 0, 0, 0), EPERM);
	assert_int_equal(ask(&p, SYS_name_to_handle_at, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_bpf, 0, 0, 0, 0), EPERM);
	assert_int_equal(ask(&p, SYS_keyctl, 0, 0, 0, 0), ENOSYS);
}

static void test_seccomp_looks_at_arguments(void **state _unused_)
{
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = build(false, 0);

	assert_int_equal(ask(&p, SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_AUDIT, 0), EAFNOSUPPORT);
	assert_int_equal(ask(&p, SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, 0), 0);
	assert_int_equal(ask(&p, SYS_socket, AF_UNIX, SOCK_RAW, NETLINK_AUDIT, 0), 0);
	assert_int_equal(ask(&p, SYS_ioctl, 0, TIOCSTI, 0, 0), EPERM);
	assert_int_equal(ask(&p, SYS_ioctl, 0, TIOCGWINSZ, 0, 0), 0);
}

/* The kernel takes 32 bits of these, so that bits above them must not make a difference. */
static void test_seccomp_is_not_slipped_by(void **state _unused_)
{
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = build(false, 0);
	const uint64_t high = 0x100000000ULL;

	assert_int_equal(ask(&p, SYS_ioctl, 0, high | TIOCSTI, 0, 0), EPERM);
	assert_int_equal(ask(&p, SYS_socket, high | AF_NETLINK, SOCK_RAW, high | NETLINK_AUDIT, 0), EAFNOSUPPORT);
	assert_int_equal(ask(&p, SYS_mknodat, 0, 0, high | S_IFCHR, high | 0x103), EPERM);
	assert_int_equal(ask(&p, SYS_mknodat, 0, 0, high | S_IFBLK, 0), EPERM);
}

static void test_seccomp_keeps_nodes_out_of_user_namespaces(void **state _unused_)
{
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = build(false, 0), privileged = build(true, 0);

	assert_int_equal(ask(&p, SYS_mknodat, 0, 0, S_IFCHR | 0666, 0x103), EPERM);
	assert_int_equal(ask(&p, SYS_mknodat, 0, 0, S_IFBLK | 0666, 0x103), EPERM);
	assert_int_equal(ask(&p, SYS_mknodat, 0, 0, S_IFIFO | 0666, 0), 0);
	assert_int_equal(ask(&p, SYS_mknodat, 0, 0, 0666, 0), 0);
	assert_int_equal(ask(&p, SYS_mknodat, 0, 0, S_IFCHR, 0), 0); /* overlayfs: removed */
	assert_int_equal(ask(&privileged, SYS_mknodat, 0, 0, S_IFCHR | 0666, 0x103), 0);
}

static void test_seccomp_follows_capabilities(void **state _unused_)
{
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = build(true, 1ULL << CAP_SYS_TIME);

	assert_int_equal(ask(&p, SYS_clock_settime, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_init_module, 0, 0, 0, 0), EPERM);
}

#if defined(__x86_64__)
/* The same calls have other numbers, and some a common door, on the machine's other instruction sets. */
static void test_seccomp_covers_other_instruction_sets(void **state _unused_)
{
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = build(false, 0);
	const int x32 = 0x40000000;

	assert_int_equal(ask_as(&p, AUDIT_ARCH_I386, 3, 0, 0, 0, 0), 0);        /* read */
	assert_int_equal(ask_as(&p, AUDIT_ARCH_I386, 283, 0, 0, 0, 0), EPERM);  /* kexec_load */
	assert_int_equal(ask_as(&p, AUDIT_ARCH_I386, 297, 0, 0, S_IFBLK, 0), EPERM); /* mknodat */
	assert_int_equal(ask_as(&p, AUDIT_ARCH_I386, 102, 1, 0, 0, 0), 0);      /* socketcall: socket */
	assert_int_equal(ask_as(&p, AUDIT_ARCH_I386, 359, AF_NETLINK, 0, NETLINK_AUDIT, 0), EAFNOSUPPORT);
	assert_int_equal(ask_as(&p, AUDIT_ARCH_I386, 86, 0, 0, 0, 0), ENOSYS);  /* uselib */
	assert_int_equal(ask(&p, x32 | SYS_readv, 0, 0, 0, 0), ENOSYS);         /* x32 has one of its own */
	assert_int_equal(ask(&p, x32 | SYS_close, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, x32 | SYS_bpf, 0, 0, 0, 0), EPERM);
	assert_int_equal(ask(&p, x32 | 514, 0, TIOCSTI, 0, 0), EPERM);          /* ioctl */
	assert_int_equal(ask_as(&p, AUDIT_ARCH_AARCH64, 63, 0, 0, 0, 0), ENOSYS);
}
#else
static void test_seccomp_covers_other_instruction_sets(void **state _unused_)
{
	skip();
}
#endif

/* A call that the table forgot is refused without anyone having decided it. */
static void test_seccomp_decides_about_every_known_call(void **state _unused_)
{
	static const int refused_as_unknown[] = {
#if defined(__x86_64__)
		SYS_uselib, SYS_sysfs, SYS__sysctl, SYS_create_module, SYS_get_kernel_syms, SYS_query_module, SYS_nfsservctl,
		SYS_getpmsg, SYS_putpmsg, SYS_afs_syscall, SYS_tuxcall, SYS_security, SYS_vserver,
#elif defined(__aarch64__)
		SYS_nfsservctl,
#endif
		SYS_add_key, SYS_request_key, SYS_keyctl, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
	};
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = build(true, UINT64_MAX);

	for (int call = 0; call <= SYS_landlock_restrict_self; call++) {
		bool listed = false;

		for (size_t i = 0; i < array_size(refused_as_unknown); i++)
			listed |= refused_as_unknown[i] == call;
#if defined(__x86_64__)
		listed |= call > SYS_rseq && call < SYS_pidfd_send_signal; /* numbers of no call */
#elif defined(__aarch64__)
		listed |= (call > SYS_kexec_file_load && call < SYS_pidfd_send_signal) || (call > 243 && call < SYS_wait4);
#endif
		if ((ask(&p, call, 0, 0, 0, 0) == ENOSYS) != listed)
			fail_msg("call %d: refused as unknown: %d", call, !listed);
	}
}

/* It is asked at every call, and made at every start. */
static void test_seccomp_is_small(void **state _unused_)
{
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = build(false, 0);

	assert_in_range(p.n, 100, 800);
}

static void test_seccomp_none_is_no_filter(void **state _unused_)
{
	struct lx_config config = { 0 };
	struct lx_seccomp_program program;
	int listener_fd;

	config.security.seccomp = (char *)"none";
	fake_reset();
	assert_int_equal(lx_seccomp_build(&config, 0, &program, NULL), 0);
	assert_int_equal(program.n, 0);
	assert_int_equal(lx_seccomp_apply(&program, &listener_fd, NULL), 0);
	assert_int_equal(listener_fd, -EBADF);
	assert_int_equal(fake_count("sys_seccomp_load"), 0);
}

static uint32_t answer_of(const struct lx_seccomp_program *p, uint32_t arch, int call, uint64_t a1, uint64_t a2, uint64_t a3)
{
	const struct seccomp_data data = { .nr = call, .arch = arch, .args = { 0, a1, a2, a3 } };

	return machine_run(p, &data);
}

/* As little as numbers can tell is handed over, before what the policy says, and in every policy. */
static void intercepts(const char *policy, uint32_t otherwise)
{
	char *mounts[] = { (char *)"ext4", NULL };
	struct lx_config config = { .security = { .seccomp = (char *)policy, .intercept_mknod = true, .intercept_mount = mounts,
						  .intercept_sysinfo = true } };
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = { 0 };
	struct lx_error err = { 0 };

	assert_done(lx_seccomp_build(&config, 0, &p, &err), &err);
	assert_true(p.notifies);
	assert_int_equal(answer_of(&p, NATIVE, SYS_mknodat, 0, S_IFCHR | 0600, 0x103), SECCOMP_RET_USER_NOTIF);
	assert_int_equal(answer_of(&p, NATIVE, SYS_mknodat, 0, S_IFBLK | 0600, 0x800), otherwise);
	assert_int_equal(answer_of(&p, NATIVE, SYS_mknodat, 0, S_IFCHR, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer_of(&p, NATIVE, SYS_mknodat, 0, S_IFIFO | 0600, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer_of(&p, NATIVE, SYS_mount, 0, 0, 0), SECCOMP_RET_USER_NOTIF);
	assert_int_equal(answer_of(&p, NATIVE, SYS_mount, 0, 0, MS_BIND), SECCOMP_RET_ALLOW);
	assert_int_equal(answer_of(&p, NATIVE, SYS_mount, 0, 0, MS_REMOUNT | MS_RDONLY), SECCOMP_RET_ALLOW);
	assert_int_equal(answer_of(&p, NATIVE, SYS_fsopen, 0, 0, 0), SECCOMP_RET_USER_NOTIF);
	assert_int_equal(answer_of(&p, NATIVE, SYS_sysinfo, 0, 0, 0), SECCOMP_RET_USER_NOTIF);
#if defined(__x86_64__)
	assert_int_equal(answer_of(&p, NATIVE, SYS_mknod, S_IFCHR, 0x103, 0), SECCOMP_RET_USER_NOTIF);
	assert_int_equal(answer_of(&p, AUDIT_ARCH_I386, 116, 0, 0, 0), SECCOMP_RET_USER_NOTIF); /* sysinfo */
	assert_int_equal(answer_of(&p, NATIVE, SYS_sysinfo | 0x40000000, 0, 0, 0), SECCOMP_RET_USER_NOTIF); /* x32 */
#endif
}

static void test_seccomp_hands_over_what_is_intercepted(void **state _unused_)
{
	if (!lx_seccomp_is_available() || NATIVE == 0)
		skip();
	intercepts("default", SECCOMP_RET_ERRNO | EPERM);
	intercepts("none", SECCOMP_RET_ALLOW);
}

static void test_seccomp_notifies_nobody_unasked(void **state _unused_)
{
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = build(false, 0);

	assert_false(p.notifies);
	assert_int_equal(ask(&p, SYS_sysinfo, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_mknodat, 0, 0, S_IFCHR, 0x103), EPERM);
}

static void test_seccomp_finds_calls_by_number(void **state _unused_)
{
	if (!lx_seccomp_is_available() || NATIVE == 0)
		skip();
	assert_int_equal(lx_call_of(NATIVE, SYS_mknodat), LX_CALL_MKNODAT);
	assert_int_equal(lx_call_of(NATIVE, SYS_fsopen), LX_CALL_FSOPEN);
	assert_int_equal(lx_call_of(NATIVE, SYS_read), LX_CALL_NONE);
#if defined(__x86_64__)
	assert_int_equal(lx_call_of(AUDIT_ARCH_I386, 116), LX_CALL_SYSINFO);
	assert_int_equal(lx_call_of(AUDIT_ARCH_I386, 14), LX_CALL_MKNOD);
	assert_int_equal(lx_call_of(NATIVE, SYS_mount | 0x40000000), LX_CALL_MOUNT);
#endif
}

/* A listener comes of a program that notifies, and only of that. */
static void test_seccomp_listens(void **state _unused_)
{
	struct sock_filter filter = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	const struct lx_seccomp_program program = { &filter, 1, true };
	_cleanup_close_ int listener_fd = -EBADF;
	struct lx_error err = { 0 };

	fake_reset();
	assert_done(lx_seccomp_apply(&program, &listener_fd, &err), &err);
	assert_true(listener_fd >= 0);
	assert_int_equal(fake_count("sys_seccomp_listen"), 1);
	assert_int_equal(fake_count("sys_seccomp_load"), 0);
}

static const char *place(const char *function)
{
	const char *p = strstr(fake_log(), function);

	if (!p)
		fail_msg("%s was not called: %s", function, fake_log());
	return p;
}

static void test_security_order(void **state _unused_)
{
	struct sock_filter filter = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	struct lx_rlimit limit = { RLIMIT_CORE, { 0, 0 }, false };
	const struct lx_security security = {
		.rlimits = { .list = { &limit, 1 } },
		.no_new_privileges = true,
		.seccomp = { &filter, 1 },
	};
	struct lx_error err = { 0 };
	int listener_fd;

	fake_reset();
	assert_done(lx_security_apply(&security, 0, &listener_fd, &err), &err);
	assert_true(place("sys_keyring_join") < place("sys_rlimit_set"));
	assert_true(place("sys_rlimit_set") < place("sys_caps_bound_drop"));
	assert_true(place("sys_caps_bound_drop") < place("sys_set_no_new_privs"));
	assert_true(place("sys_set_no_new_privs") < place("sys_seccomp_load"));

	fake_reset();
	assert_done(lx_security_apply(&security, LX_SECURITY_SKIP_CAPS | LX_SECURITY_SKIP_SECCOMP, &listener_fd, &err), &err);
	assert_int_equal(fake_count("sys_seccomp_load"), 0);
	assert_int_equal(fake_count("sys_caps_bound_drop"), 0);
}

UNIT_MAIN(UNIT(test_seccomp_answers_as_the_table_says), UNIT(test_seccomp_looks_at_arguments),
	  UNIT(test_seccomp_is_not_slipped_by), UNIT(test_seccomp_keeps_nodes_out_of_user_namespaces),
	  UNIT(test_seccomp_follows_capabilities), UNIT(test_seccomp_covers_other_instruction_sets),
	  UNIT(test_seccomp_decides_about_every_known_call), UNIT(test_seccomp_is_small), UNIT(test_seccomp_none_is_no_filter), UNIT(test_security_order),
	  UNIT(test_seccomp_hands_over_what_is_intercepted), UNIT(test_seccomp_notifies_nobody_unasked),
	  UNIT(test_seccomp_finds_calls_by_number), UNIT(test_seccomp_listens))
