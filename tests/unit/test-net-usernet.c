/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests to lx-usernet as far as no policy is needed; the rest is in tests/functional/net-usernet.bats. */
#include "unit/unit.h"

#include <errno.h>

#include "base/str.h"
#include "fake/fake.h"
#include "net/usernet.h"

static int parse(uint16_t type, size_t n_fds, const char *text, size_t size, struct lx_usernet_request *ret)
{
	struct sock_message m = { .type = type, .data = (char *)text, .size = size, .fds = { 5, 6 }, .n_fds = n_fds };
	struct lx_error err = { 0 };

	return lx_usernet_parse(&m, ret, &err);
}

static void test_usernet_takes_requests(void **state _unused_)
{
	static const unsigned char mac[6] = { 0x02, 0xab, 0, 0x1f, 0, 9 };
	const char *text = "lxbr0 eth0 02:ab:00:1f:00:09";
	struct lx_usernet_request q;

	assert_int_equal(parse(LX_USERNET_ADD, 1, text, strlen(text), &q), 0);
	assert_string_equal(q.bridge, "lxbr0");
	assert_string_equal(q.name, "eth0");
	assert_memory_equal(q.mac, mac, sizeof(mac));
	assert_int_equal(q.netns_fd, 5);

	assert_int_equal(parse(LX_USERNET_REMOVE, 0, "lx1000-3", 8, &q), 0);
	assert_string_equal(q.name, "lx1000-3");
	assert_int_equal(q.netns_fd, -EBADF);
}

static void test_usernet_refuses_all_else(void **state _unused_)
{
	static const struct {
		uint16_t type;
		size_t n_fds;
		const char *text;
	} rows[] = {
		{ LX_USERNET_ADD, 0, "lxbr0 eth0 02:ab:00:1f:00:09" },
		{ LX_USERNET_ADD, 2, "lxbr0 eth0 02:ab:00:1f:00:09" },
		{ LX_USERNET_ADD, 1, "lxbr0 eth0 03:ab:00:1f:00:09" },
		{ LX_USERNET_ADD, 1, "lxbr0 eth0 02:AB:00:1f:00:09" },
		{ LX_USERNET_ADD, 1, "lxbr0 eth0 02:ab:00:1f:00:0" },
		{ LX_USERNET_ADD, 1, "lxbr0 eth0 02:ab:00:1f:00:099" },
		{ LX_USERNET_ADD, 1, "lxbr0 eth0 02-ab-00-1f-00-09" },
		{ LX_USERNET_ADD, 1, "lxbr0  eth0 02:ab:00:1f:00:09" },
		{ LX_USERNET_ADD, 1, " lxbr0 eth0 02:ab:00:1f:00:09" },
		{ LX_USERNET_ADD, 1, "lxbr0 eth0 02:ab:00:1f:00:09 " },
		{ LX_USERNET_ADD, 1, "lxbr0 eth0" },
		{ LX_USERNET_ADD, 1, "lxbr0 eth%d 02:ab:00:1f:00:09" },
		{ LX_USERNET_ADD, 1, "lxbr0 ../eth0 02:ab:00:1f:00:09" },
		{ LX_USERNET_ADD, 1, "a-name-of-sixteen eth0 02:ab:00:1f:00:09" },
		{ LX_USERNET_ADD, 1, "" },
		{ LX_USERNET_REMOVE, 1, "lx1000-3" },
		{ LX_USERNET_REMOVE, 0, "lx1000 3" },
		{ LX_USERNET_REMOVE, 0, "" },
		{ LX_USERNET_DONE, 0, "lx1000-3" },
		{ 0, 0, "lx1000-3" },
	};
	struct lx_usernet_request q;

	for (size_t i = 0; i < array_size(rows); i++)
		if (parse(rows[i].type, rows[i].n_fds, rows[i].text, strlen(rows[i].text), &q) != -EPROTO)
			fail_msg("taken: %u %s", rows[i].type, rows[i].text);
	/* a NUL in between, and a text that has no end */
	assert_int_equal(parse(LX_USERNET_REMOVE, 0, "lx1000-3\0x", 10, &q), -EPROTO);
}

static void test_usernet_names_are_of_one_user(void **state _unused_)
{
	char name[LX_IFNAME_SIZE];

	assert_string_equal(lx_usernet_name(1000, 0, name), "lx1000-0");
	assert_string_equal(lx_usernet_name(4294967294U, 99, name), "lx4294967294-99");
}

/* The answer to "remove name" of user 1000. */
static int answer_remove(const char *name, struct lx_error *err)
{
	struct lx_usernet_request q = { .type = LX_USERNET_REMOVE, .netns_fd = -EBADF };
	char made[LX_IFNAME_SIZE];

	snprintf(q.name, sizeof(q.name), "%s", name);
	return lx_usernet_answer("/nonexistent", 1000, &q, made, err);
}

static void test_usernet_removes_own_links_only(void **state _unused_)
{
	struct lx_error err = { 0 };

	fake_reset();
	fake_text("links", "lx1000-0 7 veth 1500 up 3 lx-usernet 1000\n"
			   "lx1000-1 8 veth 1500 up 3 \n"
			   "lx1000-2 9 bridge 1500 up 0 lx-usernet 1000\n"
			   "lx100-0 10 veth 1500 up 3 lx-usernet 100\n");
	assert_done(answer_remove("lx1000-0", &err), &err);
	assert_contains(fake_log(), "sys_link_delete(7) = 0\n");
	assert_done(answer_remove("lx1000-5", &err), &err); /* not there */

	fake_reset();
	assert_int_equal(answer_remove("lx100-0", &err), -EPERM);
	assert_string_equal(err.text, "link lx100-0 is not one of user 1000");
	assert_int_equal(answer_remove("lx1000-00", &err), -EPERM);
	assert_int_equal(answer_remove("lx1000-100", &err), -EPERM);
	assert_int_equal(answer_remove("eth0", &err), -EPERM);
	fake_text("links", "lx1000-1 8 veth 1500 up 3 \nlx1000-2 9 bridge 1500 up 0 lx-usernet 1000\n");
	assert_int_equal(answer_remove("lx1000-1", &err), -EPERM);
	assert_string_equal(err.text, "link lx1000-1 was not made by lx-usernet");
	assert_int_equal(answer_remove("lx1000-2", &err), -EPERM);
	assert_null(strstr(fake_log(), "sys_link_delete"));
}

UNIT_MAIN(UNIT(test_usernet_takes_requests), UNIT(test_usernet_refuses_all_else), UNIT(test_usernet_names_are_of_one_user),
	  UNIT(test_usernet_removes_own_links_only))
