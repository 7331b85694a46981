/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first process of a container that runs one command (lx-execute):
 *
 *     lx-init [--] COMMAND [ARGUMENT...]
 *
 * It starts the command in a session of its own, hands signals on, takes in the orphans of the container, and exits with the
 * command's code, 128 + n for a signal; the kernel then ends what is left. It is executed inside from a descriptor that was
 * opened on the host: linked statically, it needs no file of the container, and nothing but libc, so that it stays small.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

static void say(const char *what, const char *object, int code)
{
	const char *const words[] = { "lx-init: ", what, object, ": ", strerror(code), "\n" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (write(STDERR_FILENO, words[i], strlen(words[i])) < 0)
			return;
}

/* The terminal that came with us is the command's. It can be had only after its session's leader has let go, for which the
 * kernel sends the leader SIGHUP and SIGCONT: they are taken here, and are not for the command. */
static int let_go_of_terminal(void)
{
	const struct timespec now = { 0 };
	sigset_t sent;

	sigemptyset(&sent);
	sigaddset(&sent, SIGHUP);
	sigaddset(&sent, SIGCONT);
	for (int fd = 0; fd < 3; fd++)
		if (isatty(fd)) {
			(void)ioctl(fd, TIOCNOTTY);
			while (sigtimedwait(&sent, NULL, &now) > 0)
				;
			return fd;
		}
	return -1;
}

static void execute(char **argv, int terminal_fd)
{
	sigset_t none;
	int code;

	(void)setsid();
	if (terminal_fd >= 0)
		(void)ioctl(terminal_fd, TIOCSCTTY, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	execvp(argv[0], argv);
	code = errno;
	say("execute ", argv[0], code);
	_exit(code == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

/* Takes in whoever has ended. True when the command was among them. */
static bool reap(pid_t command, int *ret_status)
{
	bool ended = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == command) {
			*ret_status = status;
			ended = true;
		}
	return ended;
}

/* What tells an init to shut down has no meaning for a command: SIGPWR for sysvinit, SIGRTMIN+3 for systemd. */
static int translate(int signal)
{
	return signal == SIGPWR || signal == SIGRTMIN + 3 ? SIGTERM : signal;
}

static int serve(pid_t command, const sigset_t *all)
{
	int status = 0;

	for (;;) {
		int signal = sigwaitinfo(all, NULL);

		if (signal == SIGCHLD) {
			if (reap(command, &status))
				return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		} else if (signal > 0) {
			(void)kill(command, translate(signal));
		}
	}
}

int main(int argc, char **argv)
{
	int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1, terminal_fd;
	sigset_t all;
	pid_t command;

	if (first >= argc) {
		say("no command was given", "", EINVAL);
		return EXIT_NOT_FOUND;
	}

	/* The kernel names a program that is executed from a descriptor after its number. */
	(void)prctl(PR_SET_NAME, "lx-init");
	/* Blocked signals reach even the first process of a pid namespace, which is spared those that it does not handle. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	terminal_fd = let_go_of_terminal();

	command = fork();
	if (command < 0) {
		say("start ", argv[first], errno);
		return EXIT_NOT_EXECUTABLE;
	}
	if (command == 0)
		execute(argv + first, terminal_fd);
	return serve(command, &all);
}
