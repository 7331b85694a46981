/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-config set, add and unset: what changes in the text, what never changes, and what is refused. */
#include "unit.h"

#include <ftw.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "config/config.h"

#define FILE_TEXT                                                                    \
	"# my server\n"                                                              \
	"[container]\n"                                                              \
	"  stop-timeout   =  20s   ; patience\n"                                     \
	"environment = A=1\n"                                                        \
	"environment = B=2 # two\n"                                                  \
	"\n"                                                                         \
	"; the link\n"                                                               \
	"[network eth0]\n"                                                           \
	"mtu=1400\n"                                                                 \
	"\n"                                                                         \
	"[rootfs]\n"                                                                 \
	"path = \\\n"                                                                \
	"  /srv/web\n"

struct edit_case {
	enum lx_config_edit how;
	const char *key, *value;
	const char *old, *new;      /* this part of the text becomes that; old "" = appended */
};

static const struct edit_case cases[] = {
	{ LX_CONFIG_SET, "container.stop-timeout", "1min", "20s   ; patience", "1min   ; patience" },
	{ LX_CONFIG_SET, "container.stop-timeout", "60s", "20s   ; patience", "60s   ; patience" },
	{ LX_CONFIG_UNSET, "container.stop-timeout", NULL, "  stop-timeout   =  20s   ; patience\n", "" },
	{ LX_CONFIG_SET, "container.stop-timeout", "", "=  20s   ; patience", "=   ; patience" },
	{ LX_CONFIG_SET, "container.init", "/sbin/init \"a b\"", "B=2 # two\n", "B=2 # two\ninit = /sbin/init \"a b\"\n" },
	{ LX_CONFIG_SET, "container.description", "a # b", "B=2 # two\n", "B=2 # two\ndescription = \"a # b\"\n" },
	{ LX_CONFIG_ADD, "container.environment", "C=3", "B=2 # two\n", "B=2 # two\nenvironment = C=3\n" },
	{ LX_CONFIG_SET, "container.environment", "C=3", "A=1\nenvironment = B=2 # two\n", "C=3\n" },
	{ LX_CONFIG_SET, "container.environment", "C=3\nD=4", "A=1\nenvironment = B=2 # two\n", "C=3\nenvironment = D=4\n" },
	{ LX_CONFIG_UNSET, "container.environment", NULL, "environment = A=1\nenvironment = B=2 # two\n", "" },
	{ LX_CONFIG_SET, "network.eth0.mtu", "9000", "1400", "9000" },
	{ LX_CONFIG_SET, "network.eth0.link", "br0", "mtu=1400\n", "mtu=1400\nlink = br0\n" },
	{ LX_CONFIG_UNSET, "network.eth0", NULL, "[network eth0]\nmtu=1400\n", "" },
	{ LX_CONFIG_SET, "network.eth1.mtu", "1300", "", "\n[network eth1]\nmtu = 1300\n" },
	{ LX_CONFIG_SET, "mount.data.source", "/srv/data", "", "\n[mount data]\nsource = /srv/data\n" },
	{ LX_CONFIG_SET, "rootfs.path", "/srv/new", "\\\n  /srv/web", "/srv/new" },
	{ LX_CONFIG_UNSET, "rootfs.path", NULL, "path = \\\n  /srv/web\n", "" },
	{ LX_CONFIG_UNSET, "cgroup.pids.max", NULL, "", "" },
};

static char *replace(const char *text, const char *old, const char *new)
{
	const char *at = *old ? strstr(text, old) : text + strlen(text);

	assert_non_null(at);
	return str_format("%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}

static void test_edit_changes_its_line_only(void **state _unused_)
{
	for (size_t i = 0; i < array_size(cases); i++) {
		_cleanup_free_ char *wanted = replace(FILE_TEXT, cases[i].old, cases[i].new), *text = NULL;
		struct lx_error err = { 0 };

		assert_done(lx_config_edit_text("/nowhere/config", FILE_TEXT, cases[i].key, cases[i].value, cases[i].how, &text, &err),
			    &err);
		assert_string_equal(text, wanted);
	}
}

static void expect_refusal(const char *before, enum lx_config_edit how, const char *key, const char *value, const char *sentence)
{
	struct lx_error err = { 0 };
	char *text = NULL;

	assert_true(lx_config_edit_text("/nowhere/config", before, key, value, how, &text, &err) < 0);
	assert_string_equal(err.text, sentence);
}

static void test_edit_refuses_what_would_not_load(void **state _unused_)
{
	expect_refusal(FILE_TEXT, LX_CONFIG_SET, "network.eth0.mtu", "12", "network.eth0.mtu = 12: expected a number from 68 to 65535");
	expect_refusal(FILE_TEXT, LX_CONFIG_SET, "network.eth0.type", "vteh",
		       "network.eth0.type = vteh: expected one of veth, user, empty or none; did you mean \"veth\"?");
	expect_refusal(FILE_TEXT, LX_CONFIG_SET, "security.intercept.mount", "tmpfs",
		       "security.intercept.mount = tmpfs: expected words separated by commas out of ext2, ext3, ext4, xfs, erofs, squashfs or "
		       "vfat");
	expect_refusal(FILE_TEXT, LX_CONFIG_SET, "container.inti", "/x", "unknown key \"container.inti\"; did you mean \"container.init\"?");
	expect_refusal(FILE_TEXT, LX_CONFIG_ADD, "container.init", "/x", "container.init has one value; set it instead of adding");
	expect_refusal(FILE_TEXT, LX_CONFIG_SET, "network.eth0.type", "empty",
		       "nothing was changed: /nowhere/config:10: [network eth0]: type empty and type none take no other key; remove the "
		       "others, or set type = veth");
	expect_refusal("[cgroup]\nxyz = 1\n", LX_CONFIG_SET, "cgroup.pids.max", "5",
		       "nothing was changed: /nowhere/config:2: [cgroup]: unknown key \"xyz\"");
}

static void test_edit_mends_a_broken_file_step_by_step(void **state _unused_)
{
	static const char broken[] = "[cgroup]\npids.max = many\ncpu.max = lots\n";
	_cleanup_free_ char *half = NULL, *whole = NULL;
	struct lx_error err = { 0 };

	assert_done(lx_config_edit_text("/nowhere/config", broken, "cgroup.pids.max", "5", LX_CONFIG_SET, &half, &err), &err);
	assert_string_equal(half, "[cgroup]\npids.max = 5\ncpu.max = lots\n");
	assert_done(lx_config_edit_text("/nowhere/config", half, "cgroup.cpu.max", NULL, LX_CONFIG_UNSET, &whole, &err), &err);
	assert_string_equal(whole, "[cgroup]\npids.max = 5\n");
}

static void test_edit_of_an_empty_or_unended_file(void **state _unused_)
{
	_cleanup_free_ char *first = NULL, *second = NULL;
	struct lx_error err = { 0 };

	assert_done(lx_config_edit_text("/nowhere/config", "", "cgroup.pids.max", "5", LX_CONFIG_SET, &first, &err), &err);
	assert_string_equal(first, "[cgroup]\npids.max = 5\n");
	assert_done(lx_config_edit_text("/nowhere/config", "[cgroup]\npids.max = 5", "cgroup.cpu.max", "max", LX_CONFIG_SET, &second, &err),
		    &err);
	assert_string_equal(second, "[cgroup]\npids.max = 5\ncpu.max = max\n");
}

/* ---- files ---- */

struct place {
	char path[UNIT_PATH_MAX];
	char config[UNIT_PATH_MAX + 16];
	int fd;
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	place->fd = unit_directory(place->path);
	snprintf(place->config, sizeof(place->config), "%s/config", place->path);
	*state = place;
	return 0;
}

static int remove_one(const char *path, const struct stat *st _unused_, int type _unused_, struct FTW *ftw _unused_)
{
	return remove(path);
}

static int tear_down(void **state)
{
	struct place *place = *state;

	close(place->fd);
	nftw(place->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(place);
	return 0;
}

static void expect_text(const struct place *place, const char *name, const char *wanted)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	assert_return_code(file_read(place->fd, name, FILE_TEXT_MAX, &text, &size), 0);
	assert_string_equal(text, wanted);
}

static void test_edit_keeps_mode_and_links(void **state)
{
	struct place *place = *state;
	struct lx_error err = { 0 };
	struct stat st;

	unit_write(place->fd, "real", "[cgroup]\npids.max = 5\n");
	assert_return_code(fchmodat(place->fd, "real", 0640, 0), 0);
	assert_return_code(symlinkat("real", place->fd, "config"), 0);
	assert_done(lx_config_edit(place->config, "cgroup.pids.max", "6", LX_CONFIG_SET, &err), &err);
	expect_text(place, "real", "[cgroup]\npids.max = 6\n");
	assert_return_code(fstatat(place->fd, "config", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_return_code(fstatat(place->fd, "real", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_true(faccessat(place->fd, ".real.new", F_OK, 0) < 0);
}

static void test_edit_that_is_refused_leaves_the_file(void **state)
{
	struct place *place = *state;
	struct lx_error err = { 0 };
	struct stat before, after;

	unit_write(place->fd, "config", "[cgroup]\npids.max = 5\n");
	assert_return_code(stat(place->config, &before), 0);
	assert_true(lx_config_edit(place->config, "cgroup.pids.max", "many", LX_CONFIG_SET, &err) < 0);
	assert_true(lx_config_edit(place->config, "cgroup.cpu.max", NULL, LX_CONFIG_UNSET, &err) == 0);
	assert_return_code(stat(place->config, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

static void test_edit_says_when_a_drop_in_wins(void **state)
{
	struct place *place = *state;
	_cleanup_free_ char *wanted = str_format("nothing was changed: %s.d/1.conf:2 sets cgroup.pids.max after this file; change it there",
						 place->config);
	struct lx_error err = { 0 };

	unit_write(place->fd, "config", "[cgroup]\npids.max = 5\n");
	mkdirat(place->fd, "config.d", 0755);
	unit_write(place->fd, "config.d/1.conf", "[cgroup]\npids.max = 7\n");
	assert_int_equal(lx_config_edit(place->config, "cgroup.pids.max", "6", LX_CONFIG_SET, &err), -EEXIST);
	assert_string_equal(err.text, wanted);
	expect_text(place, "config", "[cgroup]\npids.max = 5\n");
}

static void test_edit_of_a_list_overrides_included_values(void **state)
{
	struct place *place = *state;
	struct lx_error err = { 0 };

	unit_write(place->fd, "base.conf", "[container]\nenvironment = A=1\n");
	unit_write(place->fd, "config", "include = base.conf\n[container]\nenvironment = B=2\n");
	assert_done(lx_config_edit(place->config, "container.environment", "C=3", LX_CONFIG_SET, &err), &err);
	expect_text(place, "config", "include = base.conf\n[container]\nenvironment =\nenvironment = C=3\n");
}

#define WRITERS 4
#define ROUNDS 5

static void add_some(const struct place *place, int writer)
{
	for (int i = 0; i < ROUNDS; i++) {
		char value[32];

		snprintf(value, sizeof(value), "W%d=%d", writer, i);
		if (lx_config_edit(place->config, "container.environment", value, LX_CONFIG_ADD, NULL) < 0)
			_exit(1);
	}
	_exit(0);
}

static void test_edit_by_several_at_once_loses_nothing(void **state)
{
	struct place *place = *state;
	_cleanup_config_ struct lx_config *config = NULL;
	struct lx_error err = { 0 };
	pid_t pids[WRITERS];

	unit_write(place->fd, "config", "[container]\n");
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			add_some(place, i);
	}
	for (int i = 0; i < WRITERS; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_done(lx_config_load(place->config, NULL, &config, &err), &err);
	assert_int_equal(strv_length(config->container.environment), WRITERS * ROUNDS);
}

#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

UNIT_MAIN(UNIT(test_edit_changes_its_line_only), UNIT(test_edit_refuses_what_would_not_load),
	  UNIT(test_edit_mends_a_broken_file_step_by_step), UNIT(test_edit_of_an_empty_or_unended_file),
	  IN_PLACE(test_edit_keeps_mode_and_links), IN_PLACE(test_edit_that_is_refused_leaves_the_file),
	  IN_PLACE(test_edit_says_when_a_drop_in_wins), IN_PLACE(test_edit_of_a_list_overrides_included_values),
	  IN_PLACE(test_edit_by_several_at_once_loses_nothing))
