/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who made the call. A notification has a process id, which may be another process's by the time that we use it; so
 * everything is opened first, below one descriptor of /proc/PID, and then the kernel is asked whether the caller still waits:
 * if so, it was the caller's all the time. The memory is read once and what was read is what counts: other threads of the
 * caller may be writing to it.
 */
#include "monitor/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"

#define PAGE 4096

/* What is behind a word at the beginning of a line of /proc/PID/status; NULL. */
static const char *find_line(const char *text, const char *word)
{
	const char *line = strstr(text, word);

	return line ? line + strlen(word) : NULL;
}

/* Ids: real, effective, saved, for files. */
static int parse_id(const char *text, const char *word, uint32_t *ret)
{
	const char *line = find_line(text, word);

	return line && sscanf(line, "%*u %*u %*u %u", ret) == 1 ? 0 : -EPROTO;
}

static int parse_groups(const char *text, struct lx_caller *c)
{
	const char *line = find_line(text, "\nGroups:");
	char *end;

	if (!line)
		return -EPROTO;
	c->groups = calloc(strcspn(line, "\n") / 2 + 1, sizeof(gid_t));
	if (!c->groups)
		return -ENOMEM;
	for (const char *p = line + strspn(line, " \t"); *p != '\n' && *p; p = end + strspn(end, " \t")) {
		c->groups[c->n_groups] = (gid_t)strtoul(p, &end, 10);
		if (end == p)
			return -EPROTO;
		c->n_groups++;
	}
	return 0;
}

static int parse_status(const char *text, struct lx_caller *c)
{
	const char *umask = find_line(text, "\nUmask:"), *caps = find_line(text, "\nCapEff:");
	int r;

	if (!umask || !caps || sscanf(umask, "%o", &c->umask) != 1)
		return -EPROTO;
	c->capabilities = strtoull(caps, NULL, 16);
	r = parse_id(text, "\nUid:", &c->uid);
	if (r >= 0)
		r = parse_id(text, "\nGid:", &c->gid);
	return r < 0 ? r : parse_groups(text, c);
}

/* A program name cannot hold a line of its own: the kernel writes it with \n escaped. */
static int read_status(struct lx_caller *c)
{
	_cleanup_free_ char *text = NULL;
	int r = file_read(c->proc_fd, "status", FILE_TEXT_MAX, &text, NULL);

	return r < 0 ? r : parse_status(text, c);
}

static int is_inside(const struct lx_agent_self *self, const struct lx_caller *c, bool *ret)
{
	_cleanup_close_ int fd = openat(c->proc_fd, "ns/user", O_RDONLY | O_CLOEXEC);
	struct stat theirs, container;

	*ret = false;
	if (self->orders->userns_fd < 0)
		return 0;
	if (fd < 0 || fstat(fd, &theirs) < 0 || fstat(self->orders->userns_fd, &container) < 0)
		return -errno;
	*ret = theirs.st_dev == container.st_dev && theirs.st_ino == container.st_ino;
	return 0;
}

int lx_caller_open(const struct lx_agent_self *self, int listener_fd, const struct seccomp_notif *call, struct lx_caller *c)
{
	char path[32];
	int r;

	c->listener_fd = listener_fd;
	c->call = call;
	c->wide = call->data.arch & __AUDIT_ARCH_64BIT;
	snprintf(path, sizeof(path), "/proc/%u", call->pid);
	c->proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	c->mem_fd = c->proc_fd < 0 ? -EBADF : openat(c->proc_fd, "mem", O_RDWR | O_CLOEXEC);
	if (c->mem_fd < 0)
		return -errno;
	r = read_status(c);
	if (r >= 0)
		r = is_inside(self, c, &c->inside);
	return r < 0 ? r : lx_caller_check(c);
}

void lx_caller_done(struct lx_caller *c)
{
	close_fd(c->proc_fd);
	close_fd(c->mem_fd);
	free(c->groups);
	*c = (struct lx_caller)LX_CALLER_INIT;
}

bool lx_caller_has(const struct lx_caller *c, int capability)
{
	return c->inside && c->capabilities & (1ULL << capability);
}

uint64_t lx_caller_pointer(const struct lx_caller *c, int argument)
{
	return c->wide ? c->call->data.args[argument] : (uint32_t)c->call->data.args[argument];
}

uint32_t lx_caller_word(const struct lx_caller *c, int argument)
{
	return (uint32_t)c->call->data.args[argument];
}

/* No further than the end of a page at a time: the next one may not be there. */
int lx_caller_read_text(const struct lx_caller *c, uint64_t address, char *ret, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t part = PAGE - (address + done) % PAGE;
		ssize_t n;

		n = pread(c->mem_fd, ret + done, part < size - done ? part : size - done, (off_t)(address + done));
		if (n <= 0)
			return -EFAULT;
		if (memchr(ret + done, '\0', (size_t)n))
			return lx_caller_check(c);
		done += (size_t)n;
	}
	return -ENAMETOOLONG;
}

int lx_caller_write(const struct lx_caller *c, uint64_t address, const void *bytes, size_t size)
{
	int r = lx_caller_check(c);

	if (r < 0)
		return r;
	return pwrite(c->mem_fd, bytes, size, (off_t)address) == (ssize_t)size ? 0 : -EFAULT;
}

int lx_caller_check(const struct lx_caller *c)
{
	return sys_seccomp_is_waiting(c->listener_fd, c->call->id);
}

bool lx_agent_allows_device(const struct lx_agent_self *self, char type, unsigned major, unsigned minor, unsigned access)
{
	vec_for_each(rule, &self->devices.list)
		if (rule->type == type && (rule->major == LX_DEVICE_ANY || rule->major == (int)major) &&
		    (rule->minor == LX_DEVICE_ANY || rule->minor == (int)minor) && (rule->access & access) == access)
			return true;
	return false;
}
