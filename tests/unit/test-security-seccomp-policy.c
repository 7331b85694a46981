/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Policies from files, in each of the formats: what is let through, and where mistakes are said to be. */
#include "seccomp-machine.h"

#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/str.h"

/* Called before a test allocates: what is skipped does not come back. */
static void need_seccomp(void)
{
	if (!lx_seccomp_is_available() || NATIVE == 0)
		skip();
}

/* As the policy of a container that has these capabilities. */
static int try_policy(const char *text, uint64_t bounding, struct lx_seccomp_program *ret, struct lx_error *err)
{
	char directory[UNIT_PATH_MAX], path[UNIT_PATH_MAX + 8];
	_cleanup_close_ int fd = unit_directory(directory);
	struct lx_config config = { 0 };
	int r;

	unit_write(fd, "policy", text);
	snprintf(path, sizeof(path), "%s/policy", directory);
	config.security.seccomp = path;
	r = lx_seccomp_build(&config, bounding, ret, err);
	assert_int_equal(unlinkat(fd, "policy", 0), 0);
	assert_int_equal(rmdir(directory), 0);
	return r;
}

static struct lx_seccomp_program policy(const char *text, uint64_t bounding)
{
	struct lx_seccomp_program program;
	struct lx_error err = { 0 };

	assert_done(try_policy(text, bounding, &program, &err), &err);
	return program;
}

static void refuses(const char *text, const char *where_and_why)
{
	struct lx_seccomp_program program;
	struct lx_error err = { 0 };

	assert_int_equal(try_policy(text, 0, &program, &err), -EINVAL);
	assert_contains(err.text, where_and_why);
}

static uint32_t action(const struct lx_seccomp_program *p, int call, uint64_t a0)
{
	const struct seccomp_data data = { .nr = call, .arch = NATIVE, .args = { a0 } };

	return machine_run(p, &data);
}

static void test_lxc_denylist(void **state _unused_)
{
	need_seccomp();
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = policy("2\ndenylist\nreject_force_umount  # comment\n"
									"[all]\nkexec_load errno 1\n\tswapon\nsyslog trap\n", 0);

	assert_int_equal(ask(&p, SYS_read, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_kexec_load, 0, 0, 0, 0), EPERM);
	assert_int_equal(ask(&p, SYS_umount2, 0, 1, 0, 0), EACCES);
	assert_int_equal(ask(&p, SYS_umount2, 0, 2, 0, 0), 0);
	assert_int_equal(action(&p, SYS_swapon, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(action(&p, SYS_syslog, 0), SECCOMP_RET_TRAP);
}

static void test_lxc_allowlist(void **state _unused_)
{
	need_seccomp();
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = policy("2\nwhitelist errno 38\nread\nwrite allow\n", 0);
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program plain = policy("2\nallowlist\nread\ncall_of_the_future\n", 0);

	assert_int_equal(ask(&p, SYS_read, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_write, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_close, 0, 0, 0, 0), ENOSYS);
	assert_int_equal(action(&plain, SYS_close, 0), SECCOMP_RET_KILL_PROCESS);
}

static void test_lxc_version_1(void **state _unused_)
{
	need_seccomp();
	_cleanup_free_ char *text = str_format("1\nallowlist\n%d\n%d\n", SYS_read, SYS_exit);
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = policy(text, 0);

	assert_int_equal(ask(&p, SYS_read, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_exit, 0, 0, 0, 0), 0);
	assert_int_equal(action(&p, SYS_write, 0), SECCOMP_RET_KILL_PROCESS);
}

static void test_lxc_sections(void **state _unused_)
{
	need_seccomp();
#if defined(__x86_64__)
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p =
		policy("2\ndenylist\n[x86]\ngetpid errno 1\n[X86_64]\ngetppid errno 2\n[arm]\nread errno 3\n[all]\nchdir errno 4\n", 0);

	assert_int_equal(ask_as(&p, AUDIT_ARCH_I386, 20, 0, 0, 0, 0), 1);
	assert_int_equal(ask(&p, SYS_getpid, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_getppid, 0, 0, 0, 0), 2);
	assert_int_equal(ask_as(&p, AUDIT_ARCH_I386, 64, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_read, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_chdir, 0, 0, 0, 0), 4);
	assert_int_equal(ask_as(&p, AUDIT_ARCH_I386, 12, 0, 0, 0, 0), 4);
#endif
}

/* Each comparison, on both sides of its border and with the upper half alone. */
static void test_lxc_arguments(void **state _unused_)
{
	need_seccomp();
	static const struct {
		const char *arg;
		uint64_t matches[2], others[2];
	} cases[] = {
		{ "[0,5,==]", { 5, 5 }, { 4, 0x100000005 } },
		{ "[0,5,!=]", { 4, 0x100000005 }, { 5, 5 } },
		{ "[0,0x100000005,<]", { 0x100000004, 6 }, { 0x100000005, 0x200000000 } },
		{ "[0,0x100000005,<=]", { 0x100000005, 6 }, { 0x100000006, 0x200000000 } },
		{ "[0,0x100000005,>]", { 0x100000006, 0x200000000 }, { 0x100000005, 6 } },
		{ "[0,0x100000005,SCMP_CMP_GE]", { 0x100000005, 0x200000000 }, { 0x100000004, 6 } },
		{ "[0, 010, &=, 0xf8]", { 8, 0xffffff000000000f }, { 0x18, 0 } },
		{ "[0,0,SCMP_CMP_MASKED_EQ,0xf00000000]", { 0, 0xffffffff }, { 0x100000000, 0xf00000000 } },
		{ "[0,2,>=][0,4,<]", { 2, 3 }, { 1, 4 } },
	};

	for (size_t i = 0; i < array_size(cases); i++) {
		_cleanup_free_ char *text = str_format("2\ndenylist\ngetpid errno 7 %s\n", cases[i].arg);
		_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = policy(text, 0);

		for (size_t n = 0; n < 2; n++) {
			if (ask(&p, SYS_getpid, cases[i].matches[n], 0, 0, 0) != 7 ||
			    ask(&p, SYS_getpid, cases[i].others[n], 0, 0, 0) != 0)
				fail_msg("%s: case %zu", cases[i].arg, n);
		}
	}
}

/* The first that matches decides. */
static void test_lxc_order(void **state _unused_)
{
	need_seccomp();
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p =
		policy("2\ndenylist\ngetpid errno 7 [0,1,==]\ngetpid errno 8 [1,1,==]\ngetpid errno 9\ngetpid errno 10\n", 0);

	assert_int_equal(ask(&p, SYS_getpid, 1, 1, 0, 0), 7);
	assert_int_equal(ask(&p, SYS_getpid, 0, 1, 0, 0), 8);
	assert_int_equal(ask(&p, SYS_getpid, 0, 0, 0, 0), 9);
}

static void test_lxc_mistakes(void **state _unused_)
{
	need_seccomp();
	refuses("", "policy:0: the list ends before it begins");
	refuses("3\n", "policy:1: \"3\" is no version");
	refuses("2\n\nsome\n", "policy:3: \"some\" is neither");
	refuses("1\ndenylist\n", "policy:2: a list of version 1 is an allowlist");
	refuses("1\nallowlist\nread\n", "policy:3: \"read\" is no number");
	refuses("2\ndenylist\nkexec_laod errno 1\n", "policy:3: there is no system call \"kexec_laod\"");
	refuses("2\ndenylist\nread errno\n", "policy:3: errno wants a number");
	refuses("2\ndenylist\nread errno 5000\n", "policy:3: errno wants a number");
	refuses("2\ndenylist\nread deny\n", "policy:3: \"deny\" is no action");
	refuses("2\ndenylist\nread notify\n", "policy:3: nobody answers for \"read\"");
	refuses("2\nallowlist notify\nread\n", "policy:2: nobody answers for every call");
	refuses("2\ndenylist\nread kill more\n", "policy:3: \"more\" is more than a rule has");
	refuses("2\ndenylist more\n", "policy:2: \"more\" is no action");
	refuses("2\ndenylist\n[vax]\n", "policy:3: there is no instruction set \"vax\"");
	refuses("2\ndenylist\n[all\n", "policy:3: \"[all\" is no section");
	refuses("2\ndenylist\nread errno 1 [6,1,==]\n", "policy:3: an argument is written");
	refuses("2\ndenylist\nread errno 1 [0,1]\n", "policy:3: an argument is written");
	refuses("2\ndenylist\nread errno 1 [0,1,=]\n", "policy:3: an argument is written");
	refuses("2\ndenylist\nread errno 1 [0,1,==\n", "policy:3: \"[0,1,==\" lacks its closing bracket");
	refuses("2\ndenylist\nread errno 1 [0,1,&=]\n", "policy:3: &= wants a mask");
}

static void test_json_like_docker(void **state _unused_)
{
	need_seccomp();
	static const char text[] =
		"{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38,\n"
		"  \"archMap\": [ { \"architecture\": \"SCMP_ARCH_X86_64\", \"subArchitectures\": [ \"SCMP_ARCH_X86\" ] },\n"
		"                 { \"architecture\": \"SCMP_ARCH_AARCH64\", \"subArchitectures\": [ \"SCMP_ARCH_ARM\" ] } ],\n"
		"  \"syscalls\": [\n"
		"    { \"names\": [ \"read\", \"write\", \"call_of_the_future\" ], \"action\": \"SCMP_ACT_ALLOW\" },\n"
		"    { \"names\": [ \"bpf\" ], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": { \"caps\": [ \"CAP_BPF\", \"CAP_SYS_ADMIN\" ] } },\n"
		"    { \"names\": [ \"clone3\" ], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 22, \"excludes\": { \"caps\": [ \"CAP_SYS_ADMIN\" ] } },\n"
		"    { \"names\": [ \"ptrace\" ], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": { \"minKernel\": \"4.8\" } },\n"
		"    { \"names\": [ \"close\" ], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": { \"minKernel\": \"4000.0\" } },\n"
		"    { \"names\": [ \"dup\" ], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": { \"arches\": [ \"s390x\" ] } },\n"
		"    { \"names\": [ \"dup3\" ], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": { \"arches\": [ \"arm64\", \"amd64\" ] } },\n"
		"    { \"names\": [ \"personality\" ], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [\n"
		"      { \"index\": 0, \"value\": 0, \"op\": \"SCMP_CMP_EQ\" }, { \"index\": 0, \"value\": 8, \"op\": \"SCMP_CMP_EQ\" } ] },\n"
		"    { \"names\": [ \"clone\" ], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [\n"
		"      { \"index\": 0, \"value\": 2114060288, \"valueTwo\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\" } ] } ] }\n";
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p = policy(text, 1ULL << CAP_BPF);
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program strong = policy(text, 1ULL << CAP_BPF | 1ULL << CAP_SYS_ADMIN);

	assert_int_equal(ask(&p, SYS_read, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_chdir, 0, 0, 0, 0), ENOSYS);
	assert_int_equal(ask(&p, SYS_bpf, 0, 0, 0, 0), ENOSYS);
	assert_int_equal(ask(&strong, SYS_bpf, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_clone3, 0, 0, 0, 0), EINVAL);
	assert_int_equal(ask(&strong, SYS_clone3, 0, 0, 0, 0), ENOSYS);
	assert_int_equal(ask(&p, SYS_ptrace, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_close, 0, 0, 0, 0), ENOSYS);
	assert_int_equal(ask(&p, SYS_dup, 0, 0, 0, 0), ENOSYS);
	assert_int_equal(ask(&p, SYS_dup3, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_personality, 8, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_personality, 9, 0, 0, 0), ENOSYS);
	assert_int_equal(ask(&p, SYS_clone, 0x11, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_clone, 0x10000000, 0, 0, 0), ENOSYS);
}

/* An instruction set that the policy does not name is not one that it allows. */
static void test_json_architectures(void **state _unused_)
{
	need_seccomp();
#if defined(__x86_64__)
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program p =
		policy("{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [ \"SCMP_ARCH_X86\" ] }", 0);
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program native = policy("{ \"defaultAction\": \"SCMP_ACT_ALLOW\" }", 0);

	assert_int_equal(ask_as(&p, AUDIT_ARCH_I386, 3, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, SYS_read, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&p, 0x40000000 | SYS_read, 0, 0, 0, 0), ENOSYS);
	assert_int_equal(ask_as(&native, AUDIT_ARCH_I386, 3, 0, 0, 0, 0), ENOSYS);
	assert_int_equal(ask(&native, SYS_read, 0, 0, 0, 0), 0);
	assert_int_equal(ask(&native, -1, 0, 0, 0, 0), 0);
#endif
}

static void test_json_mistakes(void **state _unused_)
{
	need_seccomp();
	refuses("{\n\"defaultAction\"\n", "policy:3: ");
	refuses("{ }", "policy:1: defaultAction: defaultAction is no string");
	refuses("{\n\"x\": 1,\n\"defaultAction\": \"ALLOW\" }", "policy:3: defaultAction: there is no action \"ALLOW\"");
	refuses("{ \"defaultAction\": \"SCMP_ACT_NOTIFY\" }", "policy:1: defaultAction: nobody answers");
	refuses("{ \"defaultAction\": \"SCMP_ACT_ALLOW\",\n\"listenerPath\": \"/run/agent\" }", "policy:2: listenerPath: lx answers itself");
	refuses("{ \"defaultAction\": \"SCMP_ACT_ALLOW\",\n\"syscalls\": [ { \"names\": [ \"read\" ], \"action\": \"SCMP_ACT_NOTIFY\" } ] }",
		"policy:2: syscalls: nobody answers for \"read\"");
	refuses("{ \"defaultAction\": \"SCMP_ACT_ALLOW\",\n\"architectures\": [ \"VAX\" ] }", "policy:2: architectures: there is no architecture \"VAX\"");
#define RULES(rules) "{ \"defaultAction\": \"SCMP_ACT_ALLOW\",\n\"syscalls\": [\n{ \"names\": [ \"read\" ], \"action\": \"SCMP_ACT_LOG\" },\n" rules " ] }"
	refuses(RULES("{ \"names\": [ \"reed\" ], \"action\": \"SCMP_ACT_KILL\" }"), "policy:4: syscalls: there is no system call \"reed\"");
	refuses(RULES("{ \"action\": \"SCMP_ACT_KILL\" }"), "policy:4: syscalls: a rule without names");
	refuses(RULES("{ \"names\": [ 1 ], \"action\": \"SCMP_ACT_KILL\" }"), "policy:4: syscalls: a name is no string");
	refuses(RULES("\n1"), "policy:2: syscalls: a rule is no object");
	refuses(RULES("{ \"names\": [ \"read\" ], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": -1 }"), "policy:4: syscalls: errnoRet is no number");
	refuses(RULES("{ \"names\": [ \"read\" ], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 4096 }"), "policy:4: syscalls: errnoRet is no error's number");
	refuses(RULES("{ \"names\": [ \"read\" ], \"action\": \"SCMP_ACT_KILL\", \"args\": [ { \"index\": 6, \"op\": \"SCMP_CMP_EQ\" } ] }"),
		"policy:4: syscalls: index: a call has arguments 0 to 5");
	refuses(RULES("{ \"names\": [ \"read\" ], \"action\": \"SCMP_ACT_KILL\", \"args\": [ { \"index\": 1, \"op\": \"EQ\" } ] }"),
		"policy:4: syscalls: there is no comparison \"EQ\"");
}

static void test_policies_can_notify(void **state _unused_)
{
	need_seccomp();
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program lxc = policy("2\ndenylist\nmount notify\nsysinfo notify [0,5,==]\n", 0);
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program json =
		policy("{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [ { \"names\": [ \"mount\" ], \"action\": "
		       "\"SCMP_ACT_NOTIFY\" } ] }", 0);
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program none = policy("2\ndenylist\nmount errno 1\n", 0);

	assert_int_equal(action(&lxc, SYS_mount, 0), SECCOMP_RET_USER_NOTIF);
	assert_int_equal(action(&lxc, SYS_sysinfo, 5), SECCOMP_RET_USER_NOTIF);
	assert_int_equal(action(&lxc, SYS_sysinfo, 6), SECCOMP_RET_ALLOW);
	assert_int_equal(action(&json, SYS_mount, 0), SECCOMP_RET_USER_NOTIF);
	assert_true(lxc.notifies && json.notifies && !none.notifies);
}

static void test_long_policy_is_refused_by_name(void **state _unused_)
{
	need_seccomp();
	_cleanup_free_ char *text = calloc(1, 400000);
	struct lx_seccomp_program program;
	struct lx_error err = { 0 };
	char *p = text;

	assert_non_null(text);
	p = stpcpy(p, "2\ndenylist\n");
	for (int i = 0; i < 5000; i++)
		p += sprintf(p, "getpid errno %d [0,%d,==]\n", i % 4000, i);
	assert_int_equal(try_policy(text, 0, &program, &err), -E2BIG);
	assert_contains(err.text, "too many rules");
}

/* It would not hold. */
static void test_without_libseccomp_a_policy_is_refused(void **state _unused_)
{
	struct lx_seccomp_program program;
	struct lx_config *config;
	struct lx_error err = { 0 };

	if (lx_seccomp_is_available())
		skip();
	assert_done(lx_config_load_text("config", "[security]\nseccomp = default\n", &config, &err), &err);
	assert_int_equal(lx_seccomp_build(config, 0, &program, &err), -EOPNOTSUPP);
	assert_contains(err.text, "was built without libseccomp");
	assert_contains(err.text, "config:2");
	lx_config_free(config);
}

UNIT_MAIN(UNIT(test_lxc_denylist), UNIT(test_lxc_allowlist), UNIT(test_lxc_version_1), UNIT(test_lxc_sections),
	  UNIT(test_lxc_arguments), UNIT(test_lxc_order), UNIT(test_lxc_mistakes), UNIT(test_json_like_docker),
	  UNIT(test_json_architectures), UNIT(test_json_mistakes), UNIT(test_policies_can_notify), UNIT(test_long_policy_is_refused_by_name),
	  UNIT(test_without_libseccomp_a_policy_is_refused))
