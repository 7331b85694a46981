/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * floor ROOT BRIDGE: the least that a container can cost here. All namespaces by one clone3(), an id map, the root mapped
 * by it, proc and a tmpfs for /dev, one veth whose inner end is born inside, pivot_root, and ROOT's /bin/true, which must
 * need no library. No cgroup, no configuration, no monitor, no check of anything. Prints two durations in microseconds:
 * from before clone3() until execve() has succeeded, and from there until the process is reaped.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP)
#define FIRST_ID 1000000
#define N_IDS 65536

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void need(long r, const char *what)
{
	if (r < 0)
		err(EXIT_FAILURE, "%s", what);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	need(fd, path);
	need(write(fd, text, strlen(text)), path);
	close(fd);
}

static void map_ids(pid_t pid)
{
	char path[64], map[64];

	snprintf(map, sizeof(map), "0 %d %d", FIRST_ID, N_IDS);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	write_file(path, map);
	snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)pid);
	write_file(path, map);
}

/* A detached copy of the tree whose files belong to the ids of the user namespace. */
static int open_root(const char *root, pid_t pid)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	char path[64];
	int fd, userns_fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	userns_fd = open(path, O_RDONLY | O_CLOEXEC);
	need(userns_fd, path);
	attr.userns_fd = (uint64_t)userns_fd;
	fd = (int)syscall(SYS_open_tree, AT_FDCWD, root, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	need(fd, root);
	need(syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)), "map the root's ids");
	close(userns_fd);
	return fd;
}

/* The child works on its mounts meanwhile. */
static pid_t begin_link(const char *bridge, pid_t pid)
{
	int pipe_fds[2];
	pid_t ip;

	need(pipe2(pipe_fds, O_CLOEXEC), "pipe");
	ip = vfork();
	if (ip == 0) {
		dup2(pipe_fds[0], STDIN_FILENO);
		execlp("ip", "ip", "-batch", "-", NULL);
		_exit(127);
	}
	need(ip, "run ip");
	dprintf(pipe_fds[1], "link add name lxf%d up master %s type veth peer name eth0 netns %d\n", (int)pid, bridge, (int)pid);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return ip;
}

static void receive(int fd, void *data, size_t size)
{
	if (read(fd, data, size) != (ssize_t)size)
		errx(EXIT_FAILURE, "the other side has ended");
}

/* done_fd is close-on-exec: its end of stream is the successful execve(). */
static _Noreturn void child(int sync_fd, int done_fd)
{
	char *const argv[] = { (char *)"true", NULL }, *const env[] = { NULL };
	int root_fd;
	char byte;

	/* ids are mapped, and the root is open among the descriptors that we share */
	receive(sync_fd, &root_fd, sizeof(root_fd));
	need(unshare(CLONE_FILES), "unshare");
	need(write(done_fd, "u", 1), "write");
	need(setresgid(0, 0, 0), "setresgid");
	need(setresuid(0, 0, 0), "setresuid");
	need(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "mount propagation");
	need(syscall(SYS_move_mount, root_fd, "", AT_FDCWD, "/mnt", MOVE_MOUNT_F_EMPTY_PATH), "attach the root");
	need(chdir("/mnt"), "chdir");
	need(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "mount /proc");
	need(mount("dev", "dev", "tmpfs", MS_NOSUID, "mode=755"), "mount /dev");
	need(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	need(umount2(".", MNT_DETACH), "umount");
	receive(sync_fd, &byte, 1); /* the link is there */
	execve("/bin/true", argv, env);
	err(EXIT_FAILURE, "/bin/true");
}

int main(int argc, char **argv)
{
	struct clone_args args = { .flags = NAMESPACES | CLONE_FILES, .exit_signal = SIGCHLD };
	int go[2], done[2], root_fd, status;
	double begin, running;
	pid_t pid, ip;
	char byte;

	if (argc != 3)
		errx(EXIT_FAILURE, "usage: floor ROOT BRIDGE");
	need(pipe2(go, O_CLOEXEC), "pipe");
	need(pipe2(done, O_CLOEXEC), "pipe");

	begin = now();
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		child(go[0], done[1]);
	need(pid, "clone3");
	map_ids(pid);
	root_fd = open_root(argv[1], pid);
	ip = begin_link(argv[2], pid);
	need(write(go[1], &root_fd, sizeof(root_fd)), "write");
	need(waitpid(ip, &status, 0), "wait");
	if (status != 0)
		errx(EXIT_FAILURE, "ip has failed");
	need(write(go[1], "n", 1), "write");
	receive(done[0], &byte, 1); /* the child has descriptors of its own by now */
	close(done[1]);
	if (read(done[0], &byte, 1) != 0)
		errx(EXIT_FAILURE, "unexpected byte");
	running = now();
	need(waitpid(pid, &status, 0), "wait");
	printf("%.0f %.0f\n", running - begin, now() - running);
	return status != 0;
}
