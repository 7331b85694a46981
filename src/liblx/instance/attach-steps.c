/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process that joins a container is the guest's target from the moment that it can be seen there. What protects it, and the
 * host behind it:
 *
 *  - It is born in the container's pid namespace, by a parent that entered that one for the time of the clone: no process in
 *    between has to be made, and to wait for.
 *  - It is not dumpable from its birth to its exec: the guest's root can neither trace it nor look into its /proc files. With
 *    a user namespace the kernel refuses that anyway, since our memory belongs to the host's.
 *  - Everything is opened before it joins, and everything but its three streams and the channel to its parent is closed then.
 *    No file of the host is opened or executed inside, no path of the guest is trusted before we are the guest's root.
 *  - After its exec /proc/PID/exe is the guest's own file. Before, it is ours: the guest cannot open it through the process,
 *    which is not dumpable. It can have our own file executed (#!/proc/self/exe as first line of a script), but a root in a
 *    user namespace cannot write to that file, whoever executes it. A privileged container's root is the host's.
 *  - The terminal is a pty of the container, the host's is never passed on (TIOCSTI).
 *
 *
 * The death signal kills the command when lx-attach is killed: nobody is left to take its output and its exit code. What it
 * put into the background lives on. An LSM that changes the label at the exec clears the signal (committing_creds in the kernel's
 * security/apparmor/lsm.c and security/selinux/hooks.c): then the command lives on as well.
 */
#include "instance/attach-steps.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/rootless.h"
#include "base/sock.h"
#include "base/str.h"
#include "base/strv.h"
#include "instance/attach-user.h"
#include "sys/sys.h"

#define ALL_NAMESPACES                                                                                             \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | \
	 CLONE_NEWTIME)

void lx_attach_grant_done(struct lx_attach_grant *grant)
{
	close_fd(grant->init_pidfd);
	close_fd(grant->devpts_fd);
	lx_seccomp_done(&grant->seccomp);
	lx_rlimits_done(&grant->rlimits);
	lx_lsm_done(&grant->lsm);
	free(grant->run_id);
	free(grant->cgroup);
	*grant = (struct lx_attach_grant)LX_ATTACH_GRANT_INIT;
}

/* What the steps find out on their way. */
struct joining {
	struct lx_attach *attach;
	uid_t uid;
	gid_t gid;
	struct lx_user user;
	char **env;
};

static unsigned namespaces_of(const struct lx_attach *a)
{
	unsigned flags = a->options->namespaces ? a->options->namespaces : ALL_NAMESPACES;

	/* A process cannot enter the user namespace that it is in. */
	return (a->grant->user_namespace ? flags : flags & ~(unsigned)CLONE_NEWUSER) & ~a->same;
}

/* Namespaces that the container shares with us. A user may not even enter them again: they are the host's. */
static unsigned find_same(const struct lx_attach *a)
{
	pid_t pid = sys_pidfd_pid(a->grant->init_pidfd);
	unsigned same = 0;

	for (int i = 0; i < SYS_NS_MAX && pid > 0; i++)
		if (sys_namespace_same(pid, i) > 0)
			same |= (unsigned)sys_namespaces[i].flag;
	return same;
}

/* The three streams take their places. First out of each other's way, then down. */
static int place_streams(struct joining *j, struct lx_error *err)
{
	const int *from = j->attach->stdio_fds;
	int high[3];

	if (j->attach->unattended)
		return 0;
	for (int i = 0; i < 3; i++) {
		high[i] = from[i] == i ? i : fd_dup(from[i]);
		if (high[i] < 0)
			return lx_error_set(err, high[i], "pass on stream %d", i);
	}
	for (int i = 0; i < 3; i++)
		if (high[i] == i ? fd_set_cloexec(i, false) < 0 : dup2(high[i], i) < 0)
			return lx_error_set(err, -errno, "pass on stream %d", i);
	return 0;
}

/* By the process itself: moving another one makes the kernel wait for milliseconds (cgroup/enter.c). */
static int enter_groups(struct joining *j, struct lx_error *err)
{
	return j->attach->cgroup ? lx_cgroup_enter(j->attach->cgroup, 0, err) : 0;
}

static int open_labels(struct joining *j, struct lx_error *err)
{
	return lx_lsm_open(&j->attach->security.lsm, err);
}

/* We are in the container's pid namespace already, and hold the host's rights still. */
static int share_cores(struct joining *j, struct lx_error *err)
{
	pid_t pid = j->attach->grant->core_pid;

	return pid > 0 ? lx_core_join(pid, err) : 0;
}

/* The caller's are of no concern to the container; raising one takes the host's rights. */
static int take_limits(struct joining *j, struct lx_error *err)
{
	return lx_rlimits_apply(&j->attach->security.rlimits, 0, err);
}

/* A user may not write to files of a process that is not dumpable; and the user's monitor has no score that a user may not have. */
static int take_score(struct joining *j, struct lx_error *err)
{
	const char *score = rootless() ? NULL : j->attach->oom_score_adj;
	int r = score ? file_write(AT_FDCWD, "/proc/self/oom_score_adj", score) : 0;

	return r < 0 ? lx_error_set(err, r, "take the container's oom-score-adj") : 0;
}

static int close_others(struct joining *j, struct lx_error *err)
{
	int keep[2 + LX_LSM_MAX] = { j->attach->sync.fd, j->attach->grant->init_pidfd };
	size_t n = 2 + lx_lsm_fds(&j->attach->security.lsm, keep + 2);
	int r = fd_close_from(j->attach->unattended ? 0 : 3, keep, n);

	return r < 0 ? lx_error_set(err, r, "close descriptors") : 0;
}

static int join_namespaces(struct joining *j, struct lx_error *err)
{
	int pidfd = j->attach->grant->init_pidfd, flags = (int)namespaces_of(j->attach) & ~CLONE_NEWPID, r;

	r = sys_setns(pidfd, flags);
	if (r == -EINVAL && (flags & CLONE_NEWTIME)) /* a kernel without time namespaces */
		r = sys_setns(pidfd, flags & ~CLONE_NEWTIME);
	close_fd(pidfd);
	return r < 0 ? lx_error_set(err, r, "join the container's namespaces") : 0;
}

static int become_root(struct joining *j _unused_, struct lx_error *err)
{
	int r = sys_become_root();

	/* A change of credentials may have made us dumpable again, where fs.suid_dumpable says so. */
	r = r < 0 ? r : sys_set_dumpable(false);
	return r < 0 ? lx_error_set(err, r, "become root of the container") : 0;
}

/* A new session also cuts the tie to the caller's terminal, which /dev/tty would otherwise be. */
static int begin_session(struct joining *j, struct lx_error *err)
{
	const struct lx_attach *a = j->attach;
	int r;

	umask(0022);
	r = sys_setsid();
	if (r >= 0 && a->terminal)
		r = sys_tty_take(a->terminal_index);
	return r < 0 ? lx_error_set(err, r, "begin a session") : 0;
}

/* A fifo or a device in its place must not keep us waiting. */
static char *read_passwd(void)
{
	_cleanup_close_ int fd = open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char *text = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || file_read_fd(fd, FILE_TEXT_MAX, &text, NULL) < 0)
		return NULL;
	return text;
}

static int find_user(struct joining *j, struct lx_error *err)
{
	const struct lx_attach_options *o = j->attach->options;
	_cleanup_free_ char *passwd = read_passwd();
	int r;

	j->uid = o->uid >= 0 ? (uid_t)o->uid : 0;
	r = lx_user_find(passwd, j->uid, &j->user);
	if (r >= 0)
		r = lx_attach_env(o, environ, &j->user, &j->env);
	if (r < 0)
		return lx_error_oom(err);
	j->gid = o->gid >= 0 ? (gid_t)o->gid : j->user.gid;
	return 0;
}

static int give_terminal(struct joining *j, struct lx_error *err)
{
	const struct lx_attach *a = j->attach;

	if (a->terminal && j->uid != 0 && fchown(a->terminal_index, j->uid, (gid_t)-1) < 0)
		return lx_error_set(err, -errno, "give the terminal to user %u", j->uid);
	return 0;
}

static int enter_directory(struct joining *j, struct lx_error *err)
{
	const char *wish = j->attach->options->work_dir;

	if (wish)
		return chdir(wish) < 0 ? lx_error_set(err, -errno, "enter the directory %s of the container", wish) : 0;
	if (chdir(j->user.home) < 0 && chdir("/") < 0)
		return lx_error_set(err, -errno, "enter the container's root directory");
	return 0;
}

static int give_up_rights(struct joining *j, struct lx_error *err)
{
	struct lx_attach *a = j->attach;
	_cleanup_close_ int listener_fd = -EBADF;
	int r;

	r = lx_security_apply(&a->security, a->skip, &listener_fd, err);
	if (r < 0 || !lx_attach_notifies(a))
		return r;
	/* the monitor must have it before a call can wait for an answer */
	r = lx_sync_open(&a->sync, LX_GATE_FILTER, &listener_fd, 1, err);
	return r < 0 ? r : lx_sync_wait(&a->sync, LX_GATE_GO, err);
}

bool lx_attach_notifies(const struct lx_attach *a)
{
	return a->security.seccomp.notifies && !(a->skip & LX_SECURITY_SKIP_SECCOMP);
}

/* After the filter, which may need the privilege to be loaded. */
static int become_user(struct joining *j, struct lx_error *err)
{
	const struct lx_attach *a = j->attach;
	const struct lx_credentials who = {
		.change = j->uid != 0 || j->gid != 0 || a->n_groups > 0,
		.uid = j->uid,
		.gid = j->gid,
		.groups = a->groups,
		.n_groups = a->n_groups,
	};
	int r = lx_credentials_apply(&a->security, &who, err);

	if (r < 0)
		return r;
	r = sys_set_dumpable(false);
	/* Last: a change of credentials clears it. */
	r = r < 0 ? r : sys_set_death_signal(SIGKILL);
	return r < 0 ? lx_error_set(err, r, "tie the command to its caller") : 0;
}

/* The container's: one of the host's would be a file that root of a privileged container can change. A fifo or another device in
 * its place is not taken. */
static int open_null(struct joining *j, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;

	if (!j->attach->unattended || j->attach->act)
		return 0;
	fd = open("/dev/null", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return lx_error_say(err, -ENODEV, "/dev/null of the container is none");
	for (int i = 0; i < 3; i++)
		if (i == fd ? fd_set_cloexec(fd, false) < 0 : dup2(fd, i) < 0)
			return lx_error_set(err, -errno, "take /dev/null as stream %d", i);
	if (fd < 3)
		(void)take_fd(&fd);
	return 0;
}

/* Had it died before the signal was set, nobody would end us. */
static int check_parent(struct joining *j, struct lx_error *err)
{
	struct pollfd p = { .fd = j->attach->sync.fd };

	if (poll(&p, 1, 0) > 0 && (p.revents & POLLHUP))
		return lx_error_say(err, -EPIPE, "the caller has ended");
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct joining *j, struct lx_error *err);
} steps[] = {
	{ "streams", place_streams },
	{ "cgroup", enter_groups },         /* with the host's descriptors */
	{ "lsm", open_labels },             /* with the host's /proc; the guest's may be anything */
	{ "cores", share_cores },
	{ "rlimits", take_limits },
	{ "oom score", take_score },
	{ "close", close_others },          /* before the guest is near */
	{ "join", join_namespaces },
	{ "root", become_root },            /* from here on the guest's files are opened with the guest's rights */
	{ "session", begin_session },
	{ "user", find_user },
	{ "terminal", give_terminal },      /* needs a capability of root */
	{ "directory", enter_directory },
	{ "rights", give_up_rights },
	{ "credentials", become_user },
	{ "null", open_null },              /* with no more rights than the command's */
	{ "parent", check_parent },
};

static int exec_error(const char *program, int code, struct lx_error *err)
{
	if (code != -ENOENT)
		return lx_error_set(err, code, "execute %s", program);
	if (strchr(program, '/'))
		return lx_error_say(err, code, "there is no %s in the container, or not the interpreter that it names", program);
	return lx_error_say(err, code, "there is no command %s in the container (PATH=%s)", program, getenv("PATH"));
}

/* The streams are in place, the channel closes by itself. Returns the exit code of a command that cannot be executed. */
static int execute(struct joining *j, struct lx_error *err)
{
	char *const shell[] = { j->user.shell, NULL }, *const fallback[] = { (char *)"/bin/sh", NULL };
	char *const *argv = j->attach->options->argv;
	int r;

	environ = j->env;
	(void)sys_signals_reset();
	if (argv && argv[0]) {
		execvp(argv[0], argv);
	} else {
		argv = shell;
		execv(shell[0], shell);
		r = errno;
		execv(fallback[0], fallback);
		errno = r;
	}
	r = exec_error(argv[0], -errno, err);
	return r == -ENOENT ? LX_EXIT_NOT_FOUND : LX_EXIT_NOT_EXECUTABLE;
}

_noreturn_ static void join_and_execute(struct lx_attach *a)
{
	struct joining j = { .attach = a };
	struct lx_error error = { 0 };
	int code = EXIT_FAILURE, r = 0;

	for (size_t i = 0; i < array_size(steps) && r >= 0; i++)
		r = steps[i].run(&j, &error);
	if (r >= 0 && a->act)
		code = a->act(a->argument, &error) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	else if (r >= 0)
		code = execute(&j, &error);
	if (error.code)
		lx_sync_fail(&a->sync, &error);
	_exit(code);
}

/* A process that is born in a group which was killed before, by a parent outside, is killed as well: the kernel takes it for one
 * that escapes. Groups of probes are killed again and again, so there it enters by itself. */
static int birth_group(const struct lx_attach *a)
{
	return a->cgroup && !a->unattended ? lx_cgroup_clone_fd(a->cgroup) : -1;
}

/* A user's process may enter the pid namespace of a container, but not go back to the host's. So another process does, which
 * shares our descriptors, and whose child is born as its sibling: ours. */
static pid_t clone_by_sibling(struct lx_attach *a)
{
	_cleanup_close_ int from = -EBADF, to = -EBADF, helper_pidfd = -EBADF;
	int cgroup_fd = birth_group(a), pair[2];
	struct {
		pid_t pid;
		int pidfd;
	} made = { .pidfd = -EBADF };
	pid_t helper;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return -errno;
	from = pair[0];
	to = pair[1];

	helper = sys_clone(CLONE_FILES, -1, &helper_pidfd);
	if (helper < 0)
		return helper;
	if (helper == 0) {
		made.pid = sys_setns(a->grant->init_pidfd, CLONE_NEWPID);
		if (made.pid >= 0)
			made.pid = sys_clone(CLONE_CLEAR_SIGHAND | CLONE_PARENT, cgroup_fd, &made.pidfd);
		if (made.pid == 0)
			return 0;
		(void)!write(to, &made, sizeof(made));
		_exit(EXIT_SUCCESS);
	}

	(void)sys_pidfd_wait(helper_pidfd, false, NULL);
	if (read(from, &made, sizeof(made)) != sizeof(made))
		return -ESRCH;
	a->pidfd = made.pidfd;
	return made.pid;
}

/* The child is to be born in the container's pid namespace; the caller's later children are not. */
static pid_t clone_into_pid_namespace(struct lx_attach *a)
{
	_cleanup_close_ int own_fd = -EBADF;
	pid_t pid;
	int r;

	if (!(namespaces_of(a) & CLONE_NEWPID))
		return sys_clone(CLONE_CLEAR_SIGHAND, birth_group(a), &a->pidfd);

	if (rootless())
		return clone_by_sibling(a);

	own_fd = open("/proc/self/ns/pid_for_children", O_RDONLY | O_CLOEXEC);
	if (own_fd < 0)
		return -errno;
	r = sys_setns(a->grant->init_pidfd, CLONE_NEWPID);
	if (r < 0)
		return r;
	pid = sys_clone(CLONE_CLEAR_SIGHAND, birth_group(a), &a->pidfd);
	if (pid == 0)
		return pid;
	r = sys_setns(own_fd, CLONE_NEWPID);
	return pid > 0 && r < 0 ? r : pid;
}

int lx_attach_spawn(struct lx_attach *a, struct lx_error *err)
{
	_cleanup_close_ int parent_fd = -EBADF, child_fd = -EBADF;
	bool dumpable = sys_is_dumpable();
	int r;

	r = sock_pair(&parent_fd, &child_fd);
	if (r < 0)
		return lx_error_set(err, r, "make a socket pair");

	if (rootless())
		a->same = find_same(a);
	/* The child inherits it, so that there is no moment without. */
	(void)sys_set_dumpable(false);
	a->pid = clone_into_pid_namespace(a);
	if (a->pid == 0) {
		close_fd(parent_fd);
		lx_sync_init(&a->sync, child_fd);
		join_and_execute(a);
	}
	(void)sys_set_dumpable(dumpable);
	if (a->pid == -ENOMEM && fd_is_readable(a->grant->init_pidfd)) /* what the kernel says of a pid namespace without init */
		a->pid = -ESRCH;
	if (a->pid < 0)
		return lx_error_set(err, a->pid, a->pid == -ESRCH ? "join the container, whose init has ended" : "create a process");

	lx_sync_init(&a->sync, take_fd(&parent_fd));
	return 0;
}
