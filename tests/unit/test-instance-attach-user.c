/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who a joined command is, from a passwd file that the guest wrote, and its environment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "instance/attach-user.h"

#define PASSWD                                                  \
	"root:x:0:0:root:/root:/bin/bash\n"                     \
	"broken:x:77\n"                                         \
	"+nis::::::\n"                                          \
	"web:x:1000:1001:Web,,,:/srv/web:/bin/zsh:and more\n"   \
	"again:x:1000:5:::\n"                                   \
	"odd:x:2000:x:::no-slash\n"                             \
	"last:x:3000:3001::/home/last:/bin/sh"

static void assert_user(const char *passwd, uid_t uid, const char *name, const char *home, const char *shell, gid_t gid)
{
	struct lx_user user;

	assert_int_equal(lx_user_find(passwd, uid, &user), 0);
	assert_string_equal(user.name, name);
	assert_string_equal(user.home, home);
	assert_string_equal(user.shell, shell);
	assert_int_equal(user.gid, gid);
	lx_user_done(&user);
}

static void test_user_is_the_first_with_the_number(void **state)
{
	(void)state;
	assert_user(PASSWD, 0, "root", "/root", "/bin/bash", 0);
	assert_user(PASSWD, 1000, "web", "/srv/web", "/bin/zsh", 1001);
	assert_user(PASSWD, 3000, "last", "/home/last", "/bin/sh", 3001);
}

static void test_user_that_is_not_there_has_defaults(void **state)
{
	(void)state;
	assert_user(PASSWD, 77, "77", "/", "/bin/sh", 0);
	assert_user(PASSWD, 2000, "odd", "/", "/bin/sh", 0);
	assert_user("", 0, "root", "/root", "/bin/sh", 0);
	assert_user(NULL, 0, "root", "/root", "/bin/sh", 0);
	assert_user(NULL, 5, "5", "/", "/bin/sh", 0);
}

static void assert_env(const struct lx_attach_options *options, const char *expected)
{
	char *const caller[] = { (char *)"PATH=/host/bin", (char *)"HOME=/host", (char *)"TERM=xterm", (char *)"A=1",
		(char *)"AB=2", (char *)"HISTFILE=/host/history", NULL };
	_cleanup_strv_ char **env = NULL;
	_cleanup_free_ char *text = NULL;
	struct lx_user user;

	assert_int_equal(lx_user_find(PASSWD, 1000, &user), 0);
	assert_int_equal(lx_attach_env(options, caller, &user, &env), 0);
	strv_sort(env);
	text = strv_join(env, " ");
	assert_string_equal(text, expected);
	lx_user_done(&user);
}

#define CLEAN_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void test_env_is_clean(void **state)
{
	const struct lx_attach_options options = LX_ATTACH_OPTIONS_INIT;

	(void)state;
	assert_env(&options, "HOME=/srv/web LOGNAME=web " CLEAN_PATH " SHELL=/bin/zsh TERM=xterm USER=web container=lx");
}

static void test_env_passes_on_what_is_named(void **state)
{
	char *const keep[] = { (char *)"A", (char *)"NONE", (char *)"HOME", NULL };
	char *const set[] = { (char *)"A=x=y", (char *)"NEW=", NULL };
	struct lx_attach_options options = LX_ATTACH_OPTIONS_INIT;

	(void)state;
	options.keep_var = keep;
	options.set_var = set;
	assert_env(&options,
		   "A=x=y HOME=/host LOGNAME=web NEW= " CLEAN_PATH " SHELL=/bin/zsh TERM=xterm USER=web container=lx");
}

static void test_env_that_is_kept_names_the_user_of_the_container(void **state)
{
	struct lx_attach_options options = LX_ATTACH_OPTIONS_INIT;

	(void)state;
	options.keep_env = true;
	assert_env(&options, "A=1 AB=2 HISTFILE=/host/history HOME=/srv/web LOGNAME=web PATH=/host/bin SHELL=/bin/zsh "
			     "TERM=xterm USER=web container=lx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user_is_the_first_with_the_number),
		cmocka_unit_test(test_user_that_is_not_there_has_defaults),
		cmocka_unit_test(test_env_is_clean),
		cmocka_unit_test(test_env_passes_on_what_is_named),
		cmocka_unit_test(test_env_that_is_kept_names_the_user_of_the_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
