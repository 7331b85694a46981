/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* States, the table of their changes, and the file that the monitor writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "container/container.h"

struct fixture {
	char directory[64];
	struct lx_container c;
	int run_fd;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->directory, "/tmp/lx-test-state-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	f->c.name = strdup("web");
	f->c.run_directory = str_format("%s/web", f->directory);
	assert_int_equal(lx_container_open_run(&f->c, true, &f->run_fd, NULL), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close_fd(f->run_fd);
	tree_remove(AT_FDCWD, f->directory, NULL);
	free(f->c.name);
	free(f->c.run_directory);
	free(f);
	return 0;
}

static void test_state_names_go_both_ways(void **state)
{
	(void)state;
	for (int i = 0; i < LX_STATE_MAX; i++)
		assert_int_equal(lx_state_find(lx_state_name((enum lx_state)i)), i);
	assert_int_equal(lx_state_find("running"), LX_STATE_RUNNING);
	assert_int_equal(lx_state_find("RUN"), -EINVAL);
	assert_int_equal(lx_state_find(""), -EINVAL);
	assert_null(lx_state_name(LX_STATE_MAX));
}

static void test_state_changes_are_those_of_the_table(void **state)
{
	(void)state;
	assert_true(lx_state_can_change(LX_STATE_STOPPED, LX_STATE_STARTING));
	assert_true(lx_state_can_change(LX_STATE_STOPPING, LX_STATE_STARTING));
	assert_true(lx_state_can_change(LX_STATE_FROZEN, LX_STATE_STOPPING));
	assert_false(lx_state_can_change(LX_STATE_STOPPED, LX_STATE_RUNNING));
	assert_false(lx_state_can_change(LX_STATE_RUNNING, LX_STATE_STOPPED));
	assert_true(lx_state_can_change(LX_STATE_STOPPING, LX_STATE_ABORTING)); /* killed after the timeout */
	assert_true(lx_state_can_change(LX_STATE_STOPPING, LX_STATE_RUNNING));  /* or not */
	assert_false(lx_state_can_change(LX_STATE_ABORTING, LX_STATE_RUNNING));
	assert_false(lx_state_can_change(LX_STATE_MAX, LX_STATE_STOPPED));
}

/* Whatever happens, a run ends: from every state STOPPED can be reached, and nothing follows itself. */
static void test_state_every_run_can_end(void **state)
{
	bool ends[LX_STATE_MAX] = { [LX_STATE_STOPPED] = true };

	(void)state;
	for (int round = 0; round < LX_STATE_MAX; round++)
		for (int i = 0; i < LX_STATE_MAX; i++)
			for (int j = 0; j < LX_STATE_MAX; j++)
				ends[i] = ends[i] || (ends[j] && lx_state_can_change((enum lx_state)i, (enum lx_state)j));
	for (int i = 0; i < LX_STATE_READY; i++) {
		assert_true(ends[i]);
		assert_false(lx_state_can_change((enum lx_state)i, (enum lx_state)i));
	}
}

static struct lx_run_state our_state(void)
{
	struct lx_run_state s = {
		.state = LX_STATE_RUNNING,
		.ready = true,
		.init_pid = getpid(),
		.monitor_pid = getppid(),
		.started_usec = 1760000000123456,
		.boot_usec = 4321,
		.waiting = (char *)"command /bin/sh -c \"exit 1\"",
		.status = (char *)"Starting \"it\" ; now # \033[31m\nroot: x = y",
		.uuid = (char *)"11111111-2222-3333-4444-555555555555",
		.cgroup = (char *)"/lx/web",
		.id_base = 4294901760u,
		.id_size = 65535,
		.gid_base = 200000,
		.gid_size = 65536,
	};
	struct lx_run_link *link = vec_add(&s.links);

	link->name = (char *)"eth0";
	link->host_name = (char *)"lx12345678";
	assert_int_equal(lx_process_start_ticks(s.init_pid, &s.init_start_ticks), 0);
	assert_int_equal(lx_process_start_ticks(s.monitor_pid, &s.monitor_start_ticks), 0);
	return s;
}

static void test_state_file_reads_back(void **state)
{
	_cleanup_(lx_run_state_done) struct lx_run_state back = { 0 };
	struct fixture *f = *state;
	struct lx_run_state s = our_state();
	_cleanup_close_ int lock_fd = -EBADF;

	assert_int_equal(lx_lock_take(&f->c, &lock_fd, NULL), 0);
	assert_int_equal(lx_run_state_save(f->run_fd, &s, NULL), 0);
	assert_int_equal(lx_run_state_load(&f->c, &back, NULL), 0);

	assert_int_equal(back.state, LX_STATE_RUNNING);
	assert_true(back.ready);
	assert_int_equal(back.init_pid, s.init_pid);
	assert_int_equal(back.monitor_pid, s.monitor_pid);
	assert_int_equal(back.init_start_ticks, s.init_start_ticks);
	assert_int_equal(back.monitor_start_ticks, s.monitor_start_ticks);
	assert_int_equal(back.started_usec, s.started_usec);
	assert_int_equal(back.boot_usec, s.boot_usec);
	assert_string_equal(back.waiting, "command /bin/sh -c \"exit 1\"");
	assert_string_equal(back.status, "Starting \"it\" ; now # ?[31m?root: x = y");
	assert_string_equal(back.uuid, s.uuid);
	assert_string_equal(back.cgroup, s.cgroup);
	assert_int_equal(back.id_base, s.id_base);
	assert_int_equal(back.id_size, s.id_size);
	assert_int_equal(back.gid_base, s.gid_base);
	assert_int_equal(back.gid_size, s.gid_size);
	assert_int_equal(back.links.n, 1);
	assert_string_equal(back.links.items[0].name, "eth0");
	assert_string_equal(back.links.items[0].host_name, "lx12345678");
	vec_done(&s.links);
}

static enum lx_state saved_and_loaded(struct fixture *f, struct lx_run_state *s)
{
	_cleanup_(lx_run_state_done) struct lx_run_state back = { 0 };

	assert_int_equal(lx_run_state_save(f->run_fd, s, NULL), 0);
	assert_int_equal(lx_run_state_load(&f->c, &back, NULL), 0);
	vec_done(&s->links);
	return back.state;
}

static void test_state_without_lock_is_stopped(void **state)
{
	struct lx_run_state s = our_state();

	assert_int_equal(saved_and_loaded(*state, &s), LX_STATE_STOPPED);
}

static void test_state_of_a_dead_monitor_is_stopped(void **state)
{
	_cleanup_close_ int lock_fd = -EBADF;
	struct fixture *f = *state;
	struct lx_run_state s = our_state();

	assert_int_equal(lx_lock_take(&f->c, &lock_fd, NULL), 0);
	s.monitor_start_ticks++;
	assert_int_equal(saved_and_loaded(f, &s), LX_STATE_STOPPED);
}

static void test_state_of_a_dead_init_is_stopping(void **state)
{
	_cleanup_close_ int lock_fd = -EBADF;
	struct fixture *f = *state;
	struct lx_run_state s = our_state();

	assert_int_equal(lx_lock_take(&f->c, &lock_fd, NULL), 0);
	s.init_start_ticks++;
	assert_int_equal(saved_and_loaded(f, &s), LX_STATE_STOPPING);
}

static void test_state_without_file_is_stopped(void **state)
{
	struct fixture *f = *state;
	enum lx_state s = LX_STATE_MAX;

	assert_int_equal(lx_container_get_state(&f->c, &s, NULL), 0);
	assert_int_equal(s, LX_STATE_STOPPED);
}

static void test_state_file_that_is_broken_is_named(void **state)
{
	_cleanup_close_ int lock_fd = -EBADF;
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	struct lx_run_state s;

	assert_int_equal(lx_lock_take(&f->c, &lock_fd, NULL), 0);
	assert_int_equal(file_write_atomic(f->run_fd, "state", "[run]\nstate = ODD\n", 18, 0600), 0);
	assert_int_equal(lx_run_state_load(&f->c, &s, &err), -EINVAL);
	assert_non_null(strstr(err.text, "state:2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state_names_go_both_ways),
		cmocka_unit_test(test_state_changes_are_those_of_the_table),
		cmocka_unit_test(test_state_every_run_can_end),
		cmocka_unit_test_setup_teardown(test_state_file_reads_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_state_without_lock_is_stopped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_state_of_a_dead_monitor_is_stopped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_state_of_a_dead_init_is_stopping, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_state_without_file_is_stopped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_state_file_that_is_broken_is_named, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
