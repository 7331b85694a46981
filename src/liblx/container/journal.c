/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RUNDIR/acquired: lines "+ KIND WHAT" when something is about to be taken and "- KIND WHAT" when it was given back. Lines
 * are only added, each by one write: whenever the writer dies, what stands there is true, or says that something is held
 * which is not yet, and to release that does no harm.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/names.h"
#include "base/str.h"
#include "base/strv.h"
#include "container/container.h"

#define JOURNAL_FILE "acquired"
#define JOURNAL_MAX (4 * 1024 * 1024)

/* What can outlive a run. */
static const char *const kinds[] = {
	"cgroup", /* a path below /sys/fs/cgroup */
	"link",   /* a network link in the host's namespace */
	"mount",  /* a mount point in the host's mount namespace */
	"idmap",  /* a range of host ids */
	"loop",   /* a loop device */
	"nft",    /* an element of a set in our table */
	"lsm",    /* a policy of a security module: "apparmor:NAME" */
	"process", /* PID TICKS: a helper of the run, and when it was started */
	"file",   /* a file or socket outside the runtime directory */
};

static int check_record(const char *kind, const char *what, struct lx_error *err)
{
	if (NAMES_FIND(kinds, kind) < 0)
		return lx_error_say(err, -EINVAL, "\"%s\" is not a kind of thing that the journal knows", kind);
	if (!*what || strchr(what, '\n'))
		return lx_error_say(err, -EINVAL, "the journal cannot hold this name of a %s", kind);
	return 0;
}

/* A line that was cut short (no space) is taken back, so that the next one does not join it. */
static int append_line(int fd, const char *line)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	n = write(fd, line, strlen(line));
	if (n == (ssize_t)strlen(line))
		return 0;
	if (n < 0)
		return -errno;
	return ftruncate(fd, st.st_size) < 0 ? -errno : -ENOSPC;
}

static int add_record(int run_fd, char sign, const char *kind, const char *what, struct lx_error *err)
{
	_cleanup_free_ char *line = NULL;
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = check_record(kind, what, err);
	if (r < 0)
		return r;
	line = str_format("%c %s %s\n", sign, kind, what);
	if (!line)
		return lx_error_oom(err);
	fd = openat(run_fd, JOURNAL_FILE, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : append_line(fd, line);
	return r < 0 ? lx_error_set(err, r, "write down the %s %s", kind, what) : 0;
}

int lx_journal_add(int run_fd, const char *kind, const char *what, struct lx_error *err)
{
	return add_record(run_fd, '+', kind, what, err);
}

int lx_journal_remove(int run_fd, const char *kind, const char *what, struct lx_error *err)
{
	return add_record(run_fd, '-', kind, what, err);
}

/* Was the record at i given back later? Each "-" answers the nearest "+" before it. */
static bool is_returned(char *const *lines, size_t n, size_t i)
{
	size_t open = 1;

	for (size_t j = i + 1; j < n && open > 0; j++) {
		if (!str_equal(lines[j] + 1, lines[i] + 1))
			continue;
		open += lines[j][0] == '+' ? 1 : (size_t)-1;
	}
	return open == 0;
}

static int tell(char *line, lx_journal_fn fn, void *userdata, struct lx_error *err)
{
	char *kind = line + 2, *what = strchr(kind, ' ');

	*what++ = '\0';
	return fn(kind, what, userdata, err);
}

/* "+ KIND WHAT", KIND known: a line that says anything else was not written by us whole. */
static bool is_record(const char *line)
{
	if ((line[0] != '+' && line[0] != '-') || line[1] != ' ')
		return false;
	for (size_t i = 0; i < array_size(kinds); i++) {
		const char *rest = str_after(line + 2, kinds[i]);

		if (rest && rest[0] == ' ' && rest[1])
			return true;
	}
	return false;
}

static int load_records(int run_fd, char ***ret)
{
	_cleanup_strv_ char **lines = NULL;
	_cleanup_free_ char *text = NULL;
	char *end, *next;
	int r;

	r = file_read(run_fd, JOURNAL_FILE, JOURNAL_MAX, &text, NULL);
	if (r < 0 && r != -ENOENT)
		return r;
	/* Without a newline at its end the last line is not whole. */
	for (char *line = text; line && (end = strchr(line, '\n')); line = next) {
		next = end + 1;
		*end = '\0';
		if (is_record(line) && strv_append(&lines, line) < 0)
			return -ENOMEM;
	}
	*ret = take_ptr(lines);
	return 0;
}

int lx_journal_for_each(int run_fd, lx_journal_fn fn, void *userdata, struct lx_error *err)
{
	_cleanup_strv_ char **lines = NULL;
	size_t n;
	int r;

	r = load_records(run_fd, &lines);
	if (r < 0)
		return lx_error_set(err, r, "read the journal of the run");
	n = strv_length(lines);
	for (size_t i = n; i > 0; i--) {
		if (lines[i - 1][0] != '+' || is_returned(lines, n, i - 1))
			continue;
		r = tell(lines[i - 1], fn, userdata, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int lx_journal_clear(int run_fd, struct lx_error *err)
{
	if (unlinkat(run_fd, JOURNAL_FILE, 0) < 0 && errno != ENOENT)
		return lx_error_set(err, -errno, "remove the journal of the run");
	return 0;
}
