/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox [off] DIRECTORY: enters the sandbox of the monitor's front, or does not, and tries what somebody would who had taken
 * it over. A line for each attempt, "yes" when it was possible: a way, and a word.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor/front.h"

static pid_t other;     /* a process of the same user */
static int server_port, datagram_fd;
static struct sockaddr_un datagram_to;

static bool try_read_shadow(void)
{
	return open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool try_write_here(void)
{
	return open("planted", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}

static bool try_remove_here(void)
{
	return unlink("removable") >= 0;
}

/* The process must not be replaced where it is possible. */
static bool try_execute(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	int status = 0;

	if (pid < 0)
		return false;
	if (pid == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static bool try_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)server_port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
}

/* With a socket that it has, to an address of its choice. */
static bool try_send_to(void)
{
	return sendto(datagram_fd, "x", 1, 0, (struct sockaddr *)&datagram_to, sizeof(datagram_to)) == 1;
}

static bool try_signal(void)
{
	return kill(other, 0) == 0;
}

static bool try_trace(void)
{
	return ptrace(PTRACE_ATTACH, other, NULL, NULL) == 0 && waitpid(other, NULL, 0) == other &&
	       ptrace(PTRACE_DETACH, other, NULL, NULL) == 0;
}

static bool try_mount(void)
{
	return mount("none", ".", "tmpfs", 0, NULL) == 0;
}

static bool try_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static bool try_executable_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

/* Signals by the kernel's hand: to be told of input as somebody else. */
static bool try_owner(void)
{
	return fcntl(datagram_fd, F_SETOWN, other) == 0;
}

static bool try_device_control(void)
{
	int n;

	return ioctl(datagram_fd, FIONREAD, &n) == 0;
}

/* What it has to be able to do. */
static bool try_memory(void)
{
	char *p = malloc(1 << 20);

	if (!p)
		return false;
	memset(p, 1, 1 << 20);
	free(p);
	return true;
}

static const struct {
	const char *name;
	bool (*try)(void);
} attempts[] = {
	{ "memory", try_memory },
	{ "read-shadow", try_read_shadow },
	{ "write-here", try_write_here },
	{ "remove-here", try_remove_here },
	{ "execute", try_execute },
	{ "connect", try_connect },
	{ "send-to", try_send_to },
	{ "signal", try_signal },
	{ "trace", try_trace },
	{ "executable-memory", try_executable_memory },
	{ "signal-owner", try_owner },
	{ "device-control", try_device_control },
	{ "mount", try_mount },
	{ "namespace", try_namespace },
};

static int prepare(const char *directory)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(any);
	int server_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), receiver_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	datagram_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	datagram_to.sun_family = AF_UNIX;
	strcpy(datagram_to.sun_path, "receiver");
	if (chdir(directory) < 0 || unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	if (bind(server_fd, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(server_fd, 1) < 0 ||
	    getsockname(server_fd, (struct sockaddr *)&any, &size) < 0)
		return -errno;
	server_port = ntohs(any.sin_port);
	if (bind(receiver_fd, (struct sockaddr *)&datagram_to, sizeof(datagram_to)) < 0)
		return -errno;

	other = fork();
	if (other == 0)
		for (;;)
			pause();
	return other < 0 ? -errno : 0;
}

int main(int argc, char **argv)
{
	bool off = argc > 1 && strcmp(argv[1], "off") == 0;
	struct lx_error error = { 0 };
	pid_t pid;
	int r, status;

	if (argc != (off ? 3 : 2))
		return 2;
	if (!lx_seccomp_is_available()) {
		fprintf(stderr, "sandbox: this build has no libseccomp\n");
		return 3;
	}
	r = prepare(argv[off ? 2 : 1]);
	if (r < 0) {
		fprintf(stderr, "sandbox: %s\n", strerror(-r));
		return 2;
	}

	/* whoever is outside ends the other process */
	pid = fork();
	if (pid == 0) {
		r = off ? 0 : lx_sandbox_enter(&lx_front_sandbox, &error);
		if (r < 0) {
			fprintf(stderr, "sandbox: %s\n", error.text);
			_exit(2);
		}
		for (size_t i = 0; i < array_size(attempts); i++) {
			char line[64];
			int n = snprintf(line, sizeof(line), "%s %s\n", attempts[i].name, attempts[i].try() ? "yes" : "no");

			(void)!write(STDOUT_FILENO, line, (size_t)n);
		}
		_exit(0);
	}
	r = waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	kill(other, SIGKILL);
	return r;
}
