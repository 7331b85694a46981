/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent answers, to a caller whose memory is a file here. */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/sock.h"
#include "fake/fake.h"
#include "monitor/agent.h"

#define NAME_AT 4096 /* where the caller has its strings */

struct fixture {
	struct lx_config config;
	struct lx_agent_orders orders;
	struct lx_agent_self self;
	struct seccomp_notif call;
	struct lx_caller caller;
	char *mounts[3];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	fake_reset();
	f->mounts[0] = (char *)"ext4";
	f->config.security.intercept_mount = f->mounts;
	f->orders = (struct lx_agent_orders){ .config = &f->config, .userns_fd = 0, .init_pid = getpid() };
	f->self.orders = &f->orders;
	f->call.id = 7;
	f->caller = (struct lx_caller)LX_CALLER_INIT;
	f->caller.call = &f->call;
	f->caller.inside = f->caller.wide = true;
	f->caller.capabilities = ~0ULL;
	f->caller.mem_fd = memfd_create("caller", MFD_CLOEXEC);
	assert_true(f->caller.mem_fd >= 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	lx_caller_done(&f->caller);
	vec_done(&f->self.devices.list);
	free(f);
	return 0;
}

static void says(struct fixture *f, uint64_t address, const char *text)
{
	assert_int_equal(pwrite(f->caller.mem_fd, text, strlen(text) + 1, (off_t)address), strlen(text) + 1);
}

static int mknod_of(struct fixture *f, uint64_t mode, uint64_t device)
{
	f->call.data.args[0] = NAME_AT;
	f->call.data.args[1] = mode;
	f->call.data.args[2] = device;
	return lx_answer_mknod(&f->self, &f->caller);
}

static void test_agent_leaves_to_the_kernel_what_needs_no_help(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mknod_of(f, S_IFIFO | 0600, 0), LX_ANSWER_PASS);
	assert_int_equal(mknod_of(f, S_IFREG | 0600, 0x103), LX_ANSWER_PASS);
	assert_int_equal(mknod_of(f, S_IFCHR, 0), LX_ANSWER_PASS);
	f->orders.userns_fd = -EBADF; /* privileged */
	assert_int_equal(mknod_of(f, S_IFBLK, 0x800), LX_ANSWER_PASS);
}

static void test_agent_makes_no_other_device(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mknod_of(f, S_IFBLK | 0600, 0x800), -EPERM);
	assert_int_equal(mknod_of(f, S_IFBLK | 0600, 0x103), -EPERM); /* the number of null */
	assert_int_equal(mknod_of(f, S_IFCHR | 0600, 0x501), -EPERM); /* console */
	assert_int_equal(mknod_of(f, S_IFCHR | 0600, 0x101), -EPERM); /* mem */
	/* 12 bits of the major and 20 of the minor are where the kernel has them: this is 1:259, not 1:3 */
	assert_int_equal(mknod_of(f, S_IFCHR | 0600, 0x100103), -EPERM);
	/* what is above 32 bits the kernel does not see */
	assert_int_equal(mknod_of(f, 0xffff00000000ULL | S_IFCHR, 0x501), -EPERM);
}

static void test_agent_wants_the_right_of_the_container(void **state)
{
	struct fixture *f = *state;

	says(f, NAME_AT, "/null");
	f->caller.capabilities = ~(1ULL << CAP_MKNOD);
	assert_int_equal(mknod_of(f, S_IFCHR, 0x103), -EPERM);
	f->caller.capabilities = ~0ULL;
	f->caller.inside = false; /* in a user namespace of the guest's own */
	assert_int_equal(mknod_of(f, S_IFCHR, 0x103), -EPERM);
	assert_int_equal(fake_count("sys_clone"), 0);
}

static void test_agent_reads_names_once_and_asks_who_waits(void **state)
{
	struct fixture *f = *state;
	char text[64];

	says(f, NAME_AT, "/null");
	fake_result("sys_seccomp_is_waiting", -ENOENT);
	assert_int_equal(mknod_of(f, S_IFCHR, 0x103), -ENOENT);
	assert_int_equal(fake_count("sys_clone"), 0);

	assert_int_equal(lx_caller_read_text(&f->caller, 1ULL << 40, text, sizeof(text)), -EFAULT);
	/* a name that goes over the end of a page, and one that never ends */
	says(f, NAME_AT - 3, "abcdef");
	assert_int_equal(lx_caller_read_text(&f->caller, NAME_AT - 3, text, sizeof(text)), 0);
	assert_string_equal(text, "abcdef");
	assert_int_equal(lx_caller_read_text(&f->caller, NAME_AT - 3, text, 4), -ENAMETOOLONG);
}

static void test_agent_refuses_names_that_cannot_be_made(void **state)
{
	static const struct {
		const char *name;
		int result;
	} cases[] = { { "", -ENOENT }, { "/", -ENOENT }, { "a/", -ENOENT }, { ".", -EEXIST }, { "a/..", -EEXIST } };
	struct fixture *f = *state;

	for (size_t i = 0; i < array_size(cases); i++) {
		says(f, NAME_AT, cases[i].name);
		assert_int_equal(mknod_of(f, S_IFCHR, 0x103), cases[i].result);
	}
}

static int mount_of(struct fixture *f, const char *type, uint64_t flags)
{
	says(f, NAME_AT, type);
	f->call.data.args[2] = NAME_AT;
	f->call.data.args[3] = flags;
	return lx_answer_mount(&f->self, &f->caller);
}

static void test_agent_mounts_what_is_named(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mount_of(f, "tmpfs", 0), LX_ANSWER_PASS);
	assert_int_equal(mount_of(f, "xfs", 0), LX_ANSWER_PASS);
	assert_int_equal(mount_of(f, "ext4", MS_BIND), LX_ANSWER_PASS);
	assert_int_equal(mount_of(f, "ext4", MS_REMOUNT | MS_RDONLY), LX_ANSWER_PASS);
	assert_int_equal(mount_of(f, "ext4", MS_PRIVATE), LX_ANSWER_PASS);
	/* the old magic number has that bit: it is a new mount, whose source cannot be read */
	f->call.data.args[0] = 1ULL << 40;
	assert_int_equal(mount_of(f, "ext4", 0xc0ed0000), -EFAULT);
	f->caller.inside = false;
	assert_int_equal(mount_of(f, "ext4", 0), LX_ANSWER_PASS);
}

static void test_agent_hides_the_other_way_to_mount(void **state)
{
	struct fixture *f = *state;

	f->call.data.args[0] = NAME_AT;
	says(f, NAME_AT, "ext4");
	assert_int_equal(lx_answer_fsopen(&f->self, &f->caller), -ENOSYS);
	says(f, NAME_AT, "tmpfs");
	assert_int_equal(lx_answer_fsopen(&f->self, &f->caller), LX_ANSWER_PASS);
}

static void test_agent_asks_the_rules_for_devices(void **state)
{
	const struct lx_device_rule disk = { 'b', 8, 16, LX_DEVICE_READ }, terminals = { 'c', 136, LX_DEVICE_ANY, LX_DEVICE_ALL };
	struct fixture *f = *state;

	*vec_add(&f->self.devices.list) = disk;
	*vec_add(&f->self.devices.list) = terminals;
	assert_true(lx_agent_allows_device(&f->self, 'b', 8, 16, LX_DEVICE_READ));
	assert_false(lx_agent_allows_device(&f->self, 'b', 8, 16, LX_DEVICE_READ | LX_DEVICE_WRITE));
	assert_false(lx_agent_allows_device(&f->self, 'b', 8, 0, LX_DEVICE_READ));
	assert_false(lx_agent_allows_device(&f->self, 'c', 8, 16, LX_DEVICE_READ));
	assert_true(lx_agent_allows_device(&f->self, 'c', 136, 5, LX_DEVICE_WRITE));
}

static void test_agent_writes_sysinfo_in_both_sizes(void **state)
{
	struct fixture *f = *state;
	struct sysinfo wide = { 0 };
	uint32_t narrow[16] = { 0 };

	f->call.data.args[0] = NAME_AT;
	assert_int_equal(lx_answer_sysinfo(&f->self, &f->caller), 0);
	assert_int_equal(pread(f->caller.mem_fd, &wide, sizeof(wide), NAME_AT), sizeof(wide));
	assert_true(wide.totalram > 0 && wide.uptime < 3600); /* this process is young */

	f->caller.wide = false;
	f->call.data.args[0] = 0xffffffff00000000ULL | (NAME_AT * 2);
	assert_int_equal(lx_answer_sysinfo(&f->self, &f->caller), 0);
	assert_int_equal(pread(f->caller.mem_fd, narrow, sizeof(narrow), NAME_AT * 2), sizeof(narrow));
	assert_true((uint64_t)narrow[4] * narrow[13] > (uint64_t)wide.totalram * wide.mem_unit / 2);

	/* nobody waits any more: nothing is written into what may be another process */
	fake_result("sys_seccomp_is_waiting", -ENOENT);
	assert_int_equal(lx_answer_sysinfo(&f->self, &f->caller), -ENOENT);
}

/* The keeper must never wait for it. */
static void test_agent_that_does_not_read_is_killed(void **state _unused_)
{
	struct lx_agent agent = LX_AGENT_INIT;
	struct lx_error err = { 0 };
	int pair[2], r = 0;

	fake_result_always("sys_pidfd_signal", 0);
	assert_int_equal(sock_pair(&pair[0], &pair[1]), 0);
	agent.control_fd = pair[0];
	assert_int_equal(fd_set_nonblock(pair[0], true), 0);
	for (uint32_t i = 1; r >= 0 && i < 100000; i++)
		r = lx_agent_add_listener(&agent, i, STDIN_FILENO, &err);
	assert_int_equal(r, -EAGAIN);
	assert_int_equal(fake_count("sys_pidfd_signal"), 1);
	close_fd(pair[0]);
	close_fd(pair[1]);
}

#define AGENT(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

UNIT_MAIN(AGENT(test_agent_leaves_to_the_kernel_what_needs_no_help), AGENT(test_agent_makes_no_other_device),
	  AGENT(test_agent_wants_the_right_of_the_container), AGENT(test_agent_reads_names_once_and_asks_who_waits),
	  AGENT(test_agent_refuses_names_that_cannot_be_made), AGENT(test_agent_mounts_what_is_named),
	  AGENT(test_agent_hides_the_other_way_to_mount), AGENT(test_agent_asks_the_rules_for_devices),
	  AGENT(test_agent_writes_sysinfo_in_both_sizes), AGENT(test_agent_that_does_not_read_is_killed))
