/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole lines: what a command asks of liblx (tests/unit/fake-lx.c records it), what it prints, and its exit code. Scripts
 * parse these outputs, so they are compared byte for byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"

#include "../src/lxtools/command.h"
#include "fake-lx.h"

struct result {
	int code;
	char *out, *err;
};

static int redirect(int fd, FILE *stream, int *ret_saved)
{
	int file_fd = memfd_create("output", MFD_CLOEXEC);

	assert_true(file_fd >= 0);
	fflush(stream);
	*ret_saved = fd_dup(fd);
	dup2(file_fd, fd);
	return file_fd;
}

static char *restore(int fd, FILE *stream, int file_fd, int saved)
{
	char *text;

	fflush(stream);
	dup2(saved, fd);
	close(saved);
	lseek(file_fd, 0, SEEK_SET);
	assert_true(file_read_fd(file_fd, FILE_TEXT_MAX, &text, NULL) >= 0);
	close(file_fd);
	return text;
}

static void result_done(struct result *r)
{
	free(r->out);
	free(r->err);
}

#define _cleanup_result_ __attribute__((cleanup(result_done)))

/* Runs a line; its words are separated by single blanks. */
static struct result run(const char *line)
{
	_cleanup_strv_ char **argv = NULL;
	const struct lx_command *command;
	int out, err, saved_out, saved_err;
	struct result r;

	assert_int_equal(strv_split(line, " ", &argv), 0);
	command = lx_command_find(argv[0]);
	assert_non_null(command);
	fake_lx.calls[0] = '\0';
	fake_lx.opened = 0;
	fake_lx.asked = 0;
	out = redirect(1, stdout, &saved_out);
	err = redirect(2, stderr, &saved_err);
	r.code = lx_command_run(command, (int)strv_length(argv), argv);
	r.out = restore(1, stdout, out, saved_out);
	r.err = restore(2, stderr, err, saved_err);
	return r;
}

static void expect_calls(const char *line, const char *calls)
{
	_cleanup_result_ struct result r = run(line);

	assert_string_equal(r.err, "");
	assert_int_equal(r.code, 0);
	assert_string_equal(fake_lx.calls, calls);
}

/* Whatever it prints. */
static void expect_calls_too(const char *line, const char *calls)
{
	_cleanup_result_ struct result r = run(line);

	assert_int_equal(r.code, 0);
	assert_string_equal(fake_lx.calls, calls);
}

static void expect_output(const char *line, int code, const char *out)
{
	_cleanup_result_ struct result r = run(line);

	assert_string_equal(r.out, out);
	assert_string_equal(r.err, "");
	assert_int_equal(r.code, code);
}

static void expect_failure(const char *line, int code, const char *err)
{
	_cleanup_result_ struct result r = run(line);

	assert_string_equal(r.out, "");
	assert_string_equal(r.err, err);
	assert_int_equal(r.code, code);
}

static int setup(void **state)
{
	(void)state;
	fake_lx_reset();
	return 0;
}

/* ---- what is asked of the library ------------------------------------------------------------------------------ */

static void test_start(void **state)
{
	(void)state;
	expect_calls("lx-start web", "start web wait=running\n");
	expect_calls("lx-start -n web -d -p /tmp/p -L /tmp/c -o /tmp/l -l DEBUG",
		     "start web wait=running pidfile=/tmp/p console-log=/tmp/c log=/tmp/l level=DEBUG\n");
	expect_calls("lx-start web -F --share-net db --share-pid=77 -- /bin/sh -c x",
		     "start web wait=running foreground argv=/bin/sh,-c,x share=net=db,pid=77\n");
	expect_calls("start web --wait=ready --timeout=90s", "start web wait=ready timeout=90000000\n");
	expect_calls("start web -s cgroup.memory.max=1G -f /tmp/x",
		     "config /tmp/x\ndefine cgroup.memory.max=1G\nstart web wait=running\n");
	expect_output("lx-start web --dry-run", 0, "a plan\n");
}

static void test_stop(void **state)
{
	(void)state;
	expect_calls("lx-stop web", "stop web flags=0 timeout=0\n");
	expect_calls("lx-stop -n web -k", "stop web flags=2 timeout=0\n");
	expect_calls("lx-stop web -r -W", "stop web flags=9 timeout=0\n");
	expect_calls("lx-stop web -t 30 --nokill", "stop web flags=4 timeout=30000000\n");
	expect_calls("lx-stop web -t 0", "stop web flags=2 timeout=0\n");
	expect_calls("lx-stop web db", "stop web flags=0 timeout=0\nstop db flags=0 timeout=0\n");
	expect_calls("lx-stop [iw]*", "stop ice flags=0 timeout=0\nstop web flags=0 timeout=0\n");
}

static void test_stop_exits_2_when_it_does_not_run(void **state)
{
	(void)state;
	fake_lx.result = -ESRCH;
	fake_lx.error = (struct lx_error){ -ESRCH, "it is not running" };
	expect_failure("lx-stop db", 2, "lx-stop: db: it is not running\n");
	expect_failure("lx-stop -q db", 2, "");
	fake_lx_reset();
	expect_failure("lx-stop nothere", 1, "lx-stop: nothere: there is no container of this name\n");
	expect_failure("lx-stop x*", 1, "lx-stop: no container matches \"x*\"\n");
}

static void test_attach(void **state)
{
	(void)state;
	expect_calls("lx-attach web", "attach web namespaces=0 elevated=0 uid=-1 gid=-1 fds=0,1,2\n");
	expect_calls("lx-attach -n web -u 1000 -g 100 -- ls -l",
		     "attach web namespaces=0 elevated=0 uid=1000 gid=100 fds=0,1,2 argv=ls,-l\n");
	expect_calls("lx-attach web ls -l", "attach web namespaces=0 elevated=0 uid=-1 gid=-1 fds=0,1,2 argv=ls,-l\n");
	expect_calls("lx-attach web -e --keep-env --keep-var LANG -v A=b -L /tmp/l",
		     "attach web namespaces=0 elevated=15 uid=-1 gid=-1 fds=0,1,2 keep-env keep=LANG set=A=b log=/tmp/l\n");
	expect_calls("lx-attach web -eCAP|LSM -s NETWORK|pid",
		     "attach web namespaces=0x60000000 elevated=5 uid=-1 gid=-1 fds=0,1,2\n");
}

static void test_attach_and_execute_pass_the_exit_code(void **state)
{
	(void)state;
	fake_lx.result = 137;
	expect_output("lx-attach web false", 137, "");
	expect_output("lx-execute db -- false", 137, "");
	fake_lx.result = 127;
	fake_lx.error = (struct lx_error){ -ENOENT, "execute nosuch: No such file or directory" };
	expect_failure("lx-attach web nosuch", 127, "lx-attach: web: execute nosuch: No such file or directory\n");
}

static void test_execute(void **state)
{
	(void)state;
	expect_calls("lx-execute db -s container.hostname=x -- id -u",
		     "define container.hostname=x\nexecute db command=id,-u wait=running\n");
	expect_failure("lx-execute db", 1, "lx-execute: db: no command is given; put it after the name, or after --\n");
}

static void test_console(void **state)
{
	(void)state;
	expect_calls("lx-console web", "console web escape=1\n");
	expect_calls("lx-console web -t 0 -e ^b", "console web escape=2\n");
	expect_calls("lx-console web -e none", "console web escape=-1\n");
	expect_output("lx-console web --log", 0, "login:");
	expect_failure("lx-console web -t 3", 1, "lx-console: web: option --tty: there is only the console, 0\n");
	expect_failure("lx-console web -e abc", 1,
		       "lx-console: web: option --escape: \"abc\" is not a key such as ^a, nor none\n");
}

static void test_wait(void **state)
{
	(void)state;
	expect_calls("lx-wait web -s STOPPED|running", "wait web states=0x5 timeout=never 0\n");
	expect_calls("lx-wait -n web -s READY -t 5", "wait web states=0x100 timeout=5000000\n");
	expect_calls("lx-wait web -s STOPPED -t -1", "wait web states=0x1 timeout=never 0\n");
	fake_lx.result = LX_STATE_RUNNING;
	expect_output("lx-wait web -s RUNNING", 0, "");
	fake_lx.result = -ETIMEDOUT;
	fake_lx.error = (struct lx_error){ -ETIMEDOUT, "web: it is RUNNING after 5s" };
	expect_failure("lx-wait web -s STOPPED -t 5", 1, "lx-wait: web: it is RUNNING after 5s\n");
}

static void test_small_verbs(void **state)
{
	(void)state;
	expect_calls("lx-freeze web", "freeze web\n");
	expect_calls("lx-unfreeze ice", "unfreeze ice\n");
	expect_calls("lx-destroy -f web db", "destroy web force\ndestroy db force\n");
	expect_calls("lx-net up", "net up\n");
	expect_calls("lx-net down -f", "net down force\n");
	expect_output("lx-gc", 0, "web: removed link vethweb0\n");
	expect_calls("lx-gc web", "gc web\n");
	expect_failure("lx-net sideways", 1, "lx-net: \"sideways\" is none of up, down and status\n");
}

static void test_create(void **state)
{
	_cleanup_result_ struct result r = run("lx-create web -t debian -B dir --dir /srv/x --rebuild -f /tmp/seed "
					       "--root-password-file /p --ssh-key /k -- --release bookworm");

	(void)state;
	assert_int_equal(r.code, 0);
	assert_string_equal(r.err, "unpack\n");
	assert_string_equal(fake_lx.calls, "create web template=debian args=--release,bookworm config=/tmp/seed storage=dir "
			    "dir=/srv/x password=/p key=/k rebuild\n");
	expect_calls("lx-create -q -n new -t none", "create new template=none\n");
	expect_output("lx-create --list-templates", 0, "busybox\ndebian\n");
	expect_failure("lx-create", 1, "lx-create: no container is named; give its name as the first word or with -n\n");
}

static void test_create_shows_the_options_of_a_template(void **state)
{
	_cleanup_result_ struct result r = run("lx-create -t debian --help");

	(void)state;
	assert_int_equal(r.code, 0);
	assert_non_null(strstr(r.out, "\n\n  --release NAME  a release of debian\n"));
}

/* ---- what is printed ------------------------------------------------------------------------------------------- */

static void test_info_bare_values(void **state)
{
	(void)state;
	expect_output("lx-info -n web -p -H", 0, "4242\n");
	expect_output("lx-info web -pH", 0, "4242\n");
	expect_output("lx-info -n web -s -H", 0, "RUNNING\n");
	expect_output("lx-info web -i -H", 0, "10.0.5.20\nfd42::20\n");
	expect_output("lx-info web -c container.hostname -H", 0, "web\n");
	expect_output("lx-info web -c container.hostname", 0, "container.hostname = web\n");
	expect_output("lx-info web -s", 0, "State:          RUNNING\n");
	expect_output("lx-info web -p", 0, "PID:            4242\n");
	expect_output("lx-info db -p -H", 0, "");
	expect_output("lx-info db -s -H", 0, "STOPPED\n");
	expect_output("lx-info web -S -H", 0,
		      "CPU use:        1500000000\n"
		      "BlkIO use:      8192\n"
		      "Memory use:     13107200\n"
		      "Memory limit:   67108864\n"
		      "Tasks:          7\n"
		      "Link:           vethweb0\n"
		      " TX bytes:      1024\n"
		      " RX bytes:      2048\n"
		      " Total bytes:   3072\n");
}

static void test_info_asks_only_for_what_it_shows(void **state)
{
	(void)state;
	expect_output("lx-info web -s -H", 0, "RUNNING\n");
	assert_int_equal(fake_lx.asked, 0);
	expect_output("lx-info web -i -H", 0, "10.0.5.20\nfd42::20\n");
	assert_int_equal(fake_lx.asked, LX_INFO_ADDRESSES);
}

static void test_info_of_a_stopped_container(void **state)
{
	(void)state;
	expect_output("lx-info db", 0,
		      "Name:           db\n"
		      "State:          STOPPED\n"
		      "Unprivileged:   true\n"
		      "Host ids:       100000-165535\n");
}

static void test_info_json_has_what_is_selected(void **state)
{
	(void)state;
	expect_output("lx-info web -p -i --format=json", 0,
		      "{\n  \"pid\": 4242,\n  \"ips\": [\n    \"10.0.5.20\",\n    \"fd42::20\"\n  ]\n}\n");
}

static void test_info_names_a_wrong_key(void **state)
{
	(void)state;
	expect_failure("lx-info web -c no.key", 1, "lx-info: web: there is no key no.key\n");
}

static void test_ls_names_open_nothing(void **state)
{
	(void)state;
	expect_output("lx-ls -1", 0, "db\nice\nweb\n");
	assert_int_equal(fake_lx.opened, 0);
	expect_output("lx-ls", 0, "db\nice\nweb\n");
	expect_output("lx-ls --filter ^w", 0, "web\n");
	expect_output("lx-ls -1 *e*", 0, "ice\nweb\n");
	assert_int_equal(fake_lx.opened, 0);
}

static void test_ls_by_state_and_group(void **state)
{
	(void)state;
	expect_output("lx-ls -1 --running", 0, "web\n");
	expect_output("lx-ls -1 --frozen", 0, "ice\n");
	expect_output("lx-ls -1 --stopped", 0, "db\n");
	expect_output("lx-ls -1 --active", 0, "ice\nweb\n");
	expect_output("lx-ls -1 --running --stopped", 0, "db\nweb\n");
	expect_output("lx-ls -1 --defined", 0, "db\nice\nweb\n");
	expect_output("lx-ls -1 -g front,back", 0, "web\n");
	assert_int_equal(fake_lx.asked, 0);
}

static void test_ls_table(void **state)
{
	(void)state;
	expect_output("lx-ls -f", 0,
		      "NAME  STATE    PID   IPV4       IPV6      UNPRIVILEGED\n"
		      "db    STOPPED  -     -          -         true\n"
		      "ice   FROZEN   -     -          -         true\n"
		      "web   RUNNING  4242  10.0.5.20  fd42::20  true\n");
	assert_int_equal(fake_lx.asked, LX_INFO_ADDRESSES | LX_INFO_CONFIG);
	expect_output("lx-ls --running -F name,RAM,GROUPS,INTERFACE", 0,
		      "NAME  RAM        GROUPS      INTERFACE\n"
		      "web   12.50 MiB  front, all  eth0\n");
	assert_int_equal(fake_lx.asked, LX_INFO_USAGE | LX_INFO_LINKS);
	expect_output("lx-ls --running -F NAME,MACHINE", 0, "NAME  MACHINE\nweb   web\n");
	expect_output("lx-ls --running -F NAME,AUTOSTART", 0, "NAME  AUTOSTART\nweb   true\n");
	expect_failure("lx-ls -F NAME,SHOE", 1, "lx-ls: option --fancy-format: there is no column \"SHOE\"\n");
	expect_failure("lx-ls --filter (", 1, "lx-ls: option --filter: \"(\": Unmatched ( or \\(\n");
}

static void test_ls_json(void **state)
{
	(void)state;
	expect_output("lx-ls --running -F NAME,PID,RAM,SWAP,UNPRIVILEGED,IPV4 --format=json", 0,
		      "[\n  {\n    \"name\": \"web\",\n    \"pid\": 4242,\n    \"ram\": 13107200,\n    \"swap\": null,\n"
		      "    \"unprivileged\": true,\n    \"ipv4\": [\n      \"10.0.5.20\"\n    ]\n  }\n]\n");
	expect_output("lx-ls --filter nothing --format=json", 0, "[]\n");
}

static void test_config(void **state)
{
	(void)state;
	expect_output("lx-config get web container.hostname container.groups", 0, "web\nfront\nall\n");
	expect_output("lx-config -n web get container.hostname", 0, "web\n");
	expect_calls("lx-config set web a.b c", "set web a.b=c\n");
	expect_calls("lx-config set web a.b c --add", "set web a.b=c add\n");
	expect_calls("lx-config unset web a.b c.d", "unset web a.b\nunset web c.d\n");
	expect_output("lx-config list web --all", 0, "container.hostname = web\ncontainer.init = /sbin/init\n");
	expect_output("lx-config list web --format=json", 0,
		      "[\n  {\n    \"key\": \"container.hostname\",\n    \"value\": \"web\"\n  }\n]\n");
	expect_output("lx-config check web", 0, "");
	expect_output("lx-config check db", 1, "config:3: [rootfs] pth: there is no such key; did you mean path?\n");
	expect_output("lx-config diff web db", 0, "web db\n");
	expect_output("lx-config diff web", 0, "web defaults\n");
	expect_output("lx-config describe rootfs.path", 0, "text rootfs.path\n");
	expect_failure("lx-config set web a.b", 1, "lx-config: set wants: NAME KEY VALUE; see lx-config --help\n");
	expect_failure("lx-config get nothere a.b", 1, "lx-config: nothere: there is no container of this name\n");
}

static void test_config_of_the_host(void **state)
{
	(void)state;
	expect_output("lx-config lxc.lxcpath", 0, "/var/lib/lx\n");
	expect_output("lx-config paths.containers", 0, "/var/lib/lx\n");
	expect_failure("lx-config no.such", 1, "lx-config: there is no key no.such\n");
}

static void test_net_status(void **state)
{
	(void)state;
	expect_output("lx-net status", 0,
		      "Bridge:         lxbr0\n"
		      "State:          up\n"
		      "Dnsmasq:        not running\n"
		      "Nftables:       loaded\n"
		      "Address:        10.0.5.1/24\n");
}

static void test_audit(void **state _unused_)
{
	expect_output("lx-audit web", 0,
		      "LAYER   POINTS  OF   KEY                   WHY\n"
		      "ids     0       30   container.privileged  root inside is root of the host\n"
		      "mounts  4       4    mount                 -\n"
		      "score   4       100  -                     -\n");
	expect_output("lx-audit web --at-least=5", 1,
		      "LAYER   POINTS  OF   KEY                   WHY\n"
		      "ids     0       30   container.privileged  root inside is root of the host\n"
		      "mounts  4       4    mount                 -\n"
		      "score   4       100  -                     -\n");
}

static void test_autostart_list(void **state _unused_)
{
	expect_output("lx-autostart -L", 0, "db 5\nweb 0\n");
	expect_calls_too("lx-autostart -L", "autostart flags=0\n");
	expect_calls_too("lx-autostart --list -A -P /srv", "autostart flags=1 path=/srv\n");
	expect_calls_too("lx-autostart -L -g web,,db -g x", "autostart flags=0 groups=web,,db,x\n");
	expect_failure("lx-autostart -L -s", 1, "lx-autostart: --list, --shutdown, --reboot and --kill exclude each other\n");
	expect_failure("lx-autostart -a -g x", 1, "lx-autostart: --all and --groups exclude each other\n");
	fake_lx.result = -ELOOP;
	fake_lx.error = (struct lx_error){ -ELOOP, "a ring" };
	expect_failure("lx-autostart", 1, "lx-autostart: a ring\n");
}

static void test_checkconfig(void **state)
{
	(void)state;
	expect_output("lx-checkconfig", 1,
		      "--- kernel ---\n"
		      "clone3: available\n"
		      "idmapped mounts: MISSING, Linux 5.12 is needed\n");
}

static void test_version_help_and_usage(void **state)
{
	(void)state;
	expect_output("lx-wait --version", 0, "1.2.3\n");
	expect_output("lx-freeze --usage", 0, "Usage: lx-freeze [OPTION...] [-n] NAME...\n");
	expect_failure("lx-freeze", 1,
		       "lx-freeze: no container is named; give its name as the first word or with -n; see lx-freeze --help\n");
	expect_failure("lx-start web --wiat=none", 1,
		       "lx-start: there is no option --wiat=none; the nearest is --wait; see lx-start --help\n");
}

/* ---- completion ------------------------------------------------------------------------------------------------ */

static bool offers(const char *line, const char *word)
{
	_cleanup_result_ struct result r = run(line);
	_cleanup_strv_ char **words = NULL;

	strv_split(r.out, "\n", &words);
	return strv_contains(words, word);
}

static void test_completion(void **state)
{
	(void)state;
	expect_output("lx-complete 1 lx-start", 0, "db\n");
	expect_output("lx-complete 2 lx attach", 0, "web\n");
	expect_output("lx-complete 1 lx-unfreeze i", 0, "ice\n");
	expect_output("lx-complete 2 lx-start --wait", 0, "running\nready\nnone\n");
	expect_output("lx-complete 3 lx-start --wait = r", 0, "running\nready\nnone\n");
	expect_output("lx-complete 1 lx-start --wait=r", 0, "--wait=running\n--wait=ready\n--wait=none\n");
	expect_output("lx-complete 2 lx-start -p", 0, ":file\n");
	expect_output("lx-complete 2 lx-create -t", 0, "busybox\ndebian\n");
	expect_output("lx-complete 5 lx-create web -t debian --", 0, "--release\n--variant\n");
	expect_output("lx-complete 2 lx-attach web", 0, ":command\n");
	expect_output("lx-complete 1 lx-net", 0, "up\ndown\nstatus\n");
	expect_output("lx-complete 2 lx-config get", 0, "db\nice\nweb\n");
	expect_output("lx-complete 3 lx-config get web", 0, "keys.one\nkeys.two\n");
	expect_output("lx-complete 2 lx-start web", 0, "");
	assert_true(offers("lx-complete 1 lx", "start"));
	assert_false(offers("lx-complete 1 lx", "complete"));
	assert_true(offers("lx-complete 1 lx-stop --n", "--nokill"));
	assert_true(offers("lx-complete 1 lx-stop --n", "--timeout="));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		TEST(test_start),
		TEST(test_stop),
		TEST(test_stop_exits_2_when_it_does_not_run),
		TEST(test_attach),
		TEST(test_attach_and_execute_pass_the_exit_code),
		TEST(test_execute),
		TEST(test_console),
		TEST(test_wait),
		TEST(test_small_verbs),
		TEST(test_create),
		TEST(test_create_shows_the_options_of_a_template),
		TEST(test_info_bare_values),
		TEST(test_info_asks_only_for_what_it_shows),
		TEST(test_info_of_a_stopped_container),
		TEST(test_info_json_has_what_is_selected),
		TEST(test_info_names_a_wrong_key),
		TEST(test_ls_names_open_nothing),
		TEST(test_ls_by_state_and_group),
		TEST(test_ls_table),
		TEST(test_ls_json),
		TEST(test_config),
		TEST(test_config_of_the_host),
		TEST(test_net_status),
		TEST(test_audit),
		TEST(test_autostart_list),
		TEST(test_checkconfig),
		TEST(test_version_help_and_usage),
		TEST(test_completion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
