/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Batches for iproute2: what a failure says. */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "net/ip.h"

static void fill(struct lx_ip_batch *batch)
{
	assert_int_equal(lx_ip_batch_add(batch, "eth0: create link lxab on bridge lxbr0", "link add name %s", "lxab"), 0);
	assert_int_equal(lx_ip_batch_add(batch, "eth1: create link lxcd on bridge lxbr0", "link add name %s", "lxcd"), 0);
}

static void test_ip_explain_names_the_line(void **state)
{
	static const struct {
		const char *output;
		int code;
		size_t done;
		const char *text;
	} rows[] = {
		{ "RTNETLINK answers: File exists\nCommand failed -:2\n", -EEXIST, 1,
		  "eth1: create link lxcd on bridge lxbr0: File exists (ip link add name lxcd)" },
		{ "RTNETLINK answers: No such process\nCommand failed -:1\n", -ESRCH, 0,
		  "eth0: create link lxab on bridge lxbr0: No such process (ip link add name lxab)" },
		{ "Cannot find device \"lxbr0\"\nCommand failed -:1\n", -ENODEV, 0,
		  "eth0: create link lxab on bridge lxbr0: Cannot find device \"lxbr0\" (ip link add name lxab)" },
		{ "Error: Nexthop has invalid gateway.\nCommand failed -:2\n", -EINVAL, 1,
		  "eth1: create link lxcd on bridge lxbr0: Nexthop has invalid gateway (ip link add name lxcd)" },
		/* a word that ip does not take: no number, everything before may be done */
		{ "Error: argument \"nobr\" is wrong: Device does not exist\n\n", -EINVAL, 2,
		  "eth0: create link lxab on bridge lxbr0: argument \"nobr\" is wrong: Device does not exist" },
		{ "", -EIO, 2, "eth0: create link lxab on bridge lxbr0: ip gave no reason" },
		{ "Command failed -:99\n", -EIO, 98, "eth0: create link lxab on bridge lxbr0: ip gave no reason" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };
		struct lx_error err = { 0 };

		fill(&batch);
		assert_int_equal(lx_ip_explain(&batch, rows[i].output, &err), rows[i].code);
		assert_string_equal(err.text, rows[i].text);
		assert_int_equal(batch.done, rows[i].done);
	}
}

static void test_ip_run_of_nothing_starts_nothing(void **state)
{
	_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };
	struct lx_error err = { 0 };

	(void)state;
	assert_int_equal(lx_ip_batch_run(&batch, -EBADF, &err), 0);
}

/* An "ip" that keeps its input and refuses the second line, first in PATH. */
static void make_program(const char *directory)
{
	static const char text[] = "#!/bin/sh\ncat > \"$0.input\"\n"
				   "printf 'RTNETLINK answers: File exists\\nCommand failed -:2\\n' >&2\nexit 2\n";
	_cleanup_free_ char *file = path_join(directory, "ip");

	assert_int_equal(file_write_atomic(AT_FDCWD, file, text, sizeof(text) - 1, 0755), 0);
	assert_int_equal(setenv("PATH", directory, 1), 0);
}

static void test_ip_in_two_halves_gives_the_lines_and_the_reason(void **state)
{
	char directory[] = "/tmp/lx-test-ip-XXXXXX";
	_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };
	_cleanup_free_ char *file = NULL, *input = NULL;
	struct lx_ip_process process = { 0 };
	struct lx_error err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(directory));
	unit_remember_directory(directory);
	make_program(directory);
	file = path_join(directory, "ip.input");
	fill(&batch);

	assert_int_equal(lx_ip_begin(&process, &err), 0);
	assert_int_equal(lx_ip_finish(&process, &batch, &err), -EEXIST);
	assert_string_equal(err.text, "eth1: create link lxcd on bridge lxbr0: File exists (ip link add name lxcd)");
	assert_int_equal(batch.done, 1);
	assert_int_equal(process.pid, 0);
	assert_int_equal(file_read(AT_FDCWD, file, FILE_TEXT_MAX, &input, NULL), 0);
	assert_string_equal(input, "link add name lxab\nlink add name lxcd\n");

	assert_int_equal(lx_ip_begin(&process, &err), 0);
	lx_ip_process_done(&process); /* not wanted: ended, and gone when this returns */
	assert_int_equal(process.pid, 0);
	assert_int_equal(tree_remove(AT_FDCWD, directory, &err), 0);
}

UNIT_MAIN(UNIT(test_ip_in_two_halves_gives_the_lines_and_the_reason), UNIT(test_ip_explain_names_the_line),
	  UNIT(test_ip_run_of_nothing_starts_nothing))
