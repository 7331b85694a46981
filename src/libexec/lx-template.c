/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx-template: runs one function of a Lua template. Started by liblx, which itself does not link Lua.
 *
 *     lx-template --library DIR help|words|key FILE [WORD...]
 *     lx-template --library DIR build FILE TREE [WORD...]              TREE: an empty directory of the host
 *     lx-template --library DIR configure FILE NAME FD [WORD...]       FD: inherited descriptor of the guest's root
 *
 * help, words and key print text; build and configure print the lines of template/report.c. Errors are the last line on
 * stderr.
 *
 * A build runs programs that start others, mount things and may be killed at any moment. It is therefore done in a pid
 * and a mount namespace: when the first process there dies, by whatever cause, the kernel kills the rest and takes their
 * mounts away. It has a uts and an ipc namespace too, because package scripts touch these.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "template/template.h"

#include "base/parse.h"
#include "base/process.h"
#include "base/str.h"
#include "sys/sys.h"

struct call {
	const char *library;
	const char *file;
	char **args;                /* what follows FILE */
	int n_args;
};

static int verb_help(struct template *t, const struct call *call, struct lx_error *err)
{
	(void)call;
	(void)err;
	template_print_help(t, stdout);
	return 0;
}

static int verb_words(struct template *t, const struct call *call, struct lx_error *err)
{
	(void)call;
	(void)err;
	template_options_print_words(&t->options, stdout);
	return 0;
}

static int verb_key(struct template *t, const struct call *call, struct lx_error *err)
{
	int r = template_push_options(t, call->args, err);

	return r < 0 ? r : template_print_key(t, stdout, err);
}

static int verb_build(struct template *t, const struct call *call, struct lx_error *err)
{
	_cleanup_close_ int root_fd = -EBADF;
	const char *path = call->args[0];
	int r;

	root_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return lx_error_set(err, -errno, "open %s", path);

	template_tree_push(t->lua, &(struct template_tree){ .root_fd = root_fd, .path = path });
	r = template_push_options(t, call->args + 1, err);
	return r < 0 ? r : template_call(t, "build", err);
}

static int verb_configure(struct template *t, const struct call *call, struct lx_error *err)
{
	struct template_tree tree = { .name = call->args[0] };
	uint64_t fd;
	int r;

	if (parse_uint(call->args[1], &fd) < 0 || fcntl((int)fd, F_GETFD) < 0)
		return lx_error_say(err, -EBADF, "\"%s\" is not an open descriptor", call->args[1]);
	tree.root_fd = (int)fd;

	template_tree_push(t->lua, &tree);
	r = template_push_options(t, call->args + 2, err);
	return r < 0 ? r : template_call(t, "configure", err);
}

static const struct verb {
	const char *name;
	int n_args;                 /* at least, after FILE */
	bool contained;
	int (*run)(struct template *t, const struct call *call, struct lx_error *err);
} verbs[] = {
	{ "help", 0, false, verb_help },
	{ "words", 0, false, verb_words },
	{ "key", 0, false, verb_key },
	{ "build", 1, true, verb_build },
	{ "configure", 2, false, verb_configure },
};

static int run(const struct verb *verb, const struct call *call)
{
	_cleanup_template_ struct template t;
	struct lx_error err = { 0 };
	int r;

	template_init(&t);
	r = template_load(&t, call->file, call->library, &err);
	if (r >= 0)
		r = verb->run(&t, call, &err);
	if (r >= 0 && fflush(stdout) != 0)
		r = lx_error_set(&err, -errno, "write");
	if (r < 0) {
		fprintf(stderr, "%s\n", err.text);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

/* ---- containment --------------------------------------------------------------------------------------------- */

/* Process 1 of the build. */
_noreturn_ static void contained(const struct verb *verb, const struct call *call)
{
	if (sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    sys_mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) {
		fprintf(stderr, "cannot set up the mount namespace of the build\n");
		_exit(EXIT_FAILURE);
	}
	sys_signals_reset();
	exit(run(verb, call));
}

/* Waits for the build or for a signal that ends it; returns when every process of the build is gone. */
static int supervise(int pidfd, const sigset_t *signals)
{
	int status;

	for (;;) {
		int signal = sigwaitinfo(signals, NULL);

		if (signal < 0 || (signal == SIGCHLD && sys_pidfd_wait(pidfd, true, &status) == -EAGAIN))
			continue;
		if (signal == SIGCHLD)
			return process_exit_code(status);

		sys_pidfd_signal(pidfd, SIGKILL);
		sys_pidfd_wait(pidfd, false, &status);
		return 128 + signal;
	}
}

static int run_contained(const struct verb *verb, const struct call *call)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };
	_cleanup_close_ int pidfd = -EBADF;
	pid_t pid;
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < array_size(ends); i++)
		sigaddset(&signals, ends[i]);
	sigprocmask(SIG_BLOCK, &signals, NULL);

	pid = sys_clone(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC, -1, &pidfd);
	if (pid < 0) {
		fprintf(stderr, "cannot make the namespaces of the build: %s\n", strerror((int)-pid));
		return EXIT_FAILURE;
	}
	if (pid == 0) {
		/* If the supervisor is killed the build must not go on alone. */
		sys_set_death_signal(SIGKILL);
		contained(verb, call);
	}
	return supervise(pidfd, &signals);
}

/* ---- command line -------------------------------------------------------------------------------------------- */

static int usage(void)
{
	fprintf(stderr, "usage: lx-template --library DIR help|words|key|build|configure FILE [WORD...]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct call call;

	if (argc < 5 || !str_equal(argv[1], "--library"))
		return usage();
	call = (struct call){ .library = argv[2], .file = argv[4], .args = argv + 5, .n_args = argc - 5 };

	for (size_t i = 0; i < array_size(verbs); i++)
		if (str_equal(verbs[i].name, argv[3]) && call.n_args >= verbs[i].n_args)
			return verbs[i].contained ? run_contained(&verbs[i], &call) : run(&verbs[i], &call);
	return usage();
}
