/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/journal-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "sys/sys.h"

bool lx_machine_id_parse(const char *text, char ret[static LX_MACHINE_ID_SIZE])
{
	size_t n = 0;

	for (; *text && *text != '\n' && n < LX_MACHINE_ID_SIZE; text++)
		if (*text != '-')
			ret[n++] = *text;
	if (n != LX_MACHINE_ID_SIZE - 1)
		return false;
	ret[n] = 0;

	return strspn(ret, "0123456789abcdef") == n && strspn(ret, "0") < n;
}

/* Looked at before it is opened: what is there was put there by the guest, and to open a device is to do something to it. */
int lx_machine_id_read(int root_fd, char ret[static LX_MACHINE_ID_SIZE])
{
	_cleanup_close_ int path_fd = sys_open_in_root(root_fd, "etc/machine-id", O_PATH, 0), fd = -EBADF;
	_cleanup_free_ char *text = NULL;
	char path[64];
	struct stat st;
	int r;

	if (path_fd < 0)
		return path_fd;
	if (fstat(path_fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	r = file_read_fd(fd, 256, &text, NULL);

	return r >= 0 && lx_machine_id_parse(text, ret) ? 0 : -ENOENT;
}

/* As journald and its users expect it: what is made there has its group. */
static int give(int fd, const char *id, const struct lx_journal_owner *owner, struct lx_error *err)
{
	if (fchown(fd, owner->uid, owner->gid) < 0 || fchmod(fd, 02755) < 0)
		return lx_error_set(err, -errno, "give " LX_JOURNAL_DIR "/%s to the container", id);
	return 0;
}

/* What journald makes in it has the label of the directory. */
static int label(int fd, const char *id, const char *context, struct lx_error *err)
{
	int r = context ? sys_xattr_set(fd, "security.selinux", context, strlen(context) + 1) : 0;

	return r < 0 ? lx_error_set(err, r, "give " LX_JOURNAL_DIR "/%s the label %s", id, context) : 0;
}

/* The guest may have given it to another of its users. */
static bool is_of(const struct lx_journal_owner *owner, uid_t uid)
{
	if (!owner->uids)
		return uid == owner->uid;
	vec_for_each(range, owner->uids)
		if (uid >= range->outside && uid - range->outside < range->size)
			return true;
	return false;
}

int lx_journal_dir_give(int base_fd, const char *id, const struct lx_journal_owner *owner, bool make, struct lx_error *err)
{
	bool made = make && mkdirat(base_fd, id, 0700) >= 0;
	_cleanup_close_ int fd = openat(base_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return lx_error_say(err, -EEXIST, LX_JOURNAL_DIR "/%s is no directory", id);
	if (fd < 0 || fstat(fd, &st) < 0)
		return lx_error_set(err, -errno, "open " LX_JOURNAL_DIR "/%s", id);
	if (!made && st.st_uid == owner->uid && is_of(owner, st.st_uid))
		return label(fd, id, owner->context, err);
	if (!made && !is_of(owner, st.st_uid) && (st.st_uid != 0 || !tree_is_empty(fd)))
		return lx_error_say(err, -EPERM, LX_JOURNAL_DIR "/%s is not the container's, but of user %u; if it is of this container, "
				    "chown -R %u:%u it", id, st.st_uid, owner->uid, owner->gid);

	r = give(fd, id, owner, err);
	if (r >= 0)
		r = label(fd, id, owner->context, err);
	if (r < 0 && made)
		(void)unlinkat(base_fd, id, AT_REMOVEDIR);
	return r < 0 ? r : made;
}

static bool leads_into(const char *target, const char *directory)
{
	const char *rest = str_after(target, directory);

	return rest && *rest == '/';
}

int lx_journal_dir_link(int base_fd, const char *id, const char *target, const char *directory, struct lx_error *err)
{
	char there[PATH_MAX];

	if (symlinkat(target, base_fd, id) >= 0)
		return 1;
	if (errno != EEXIST)
		return lx_error_set(err, -errno, "make the link " LX_JOURNAL_DIR "/%s", id);
	if (file_read_link(base_fd, id, there) < 0)
		return lx_error_say(err, -EEXIST, LX_JOURNAL_DIR "/%s is there and no link; move it away, or set link-journal = host", id);
	if (str_equal(there, target))
		return 0;
	if (!leads_into(there, directory))
		return lx_error_say(err, -EEXIST, LX_JOURNAL_DIR "/%s leads to %s; do two containers have the same /etc/machine-id?", id,
				    there);
	if (unlinkat(base_fd, id, 0) < 0 || symlinkat(target, base_fd, id) < 0)
		return lx_error_set(err, -errno, "change the link " LX_JOURNAL_DIR "/%s", id);
	return 1;
}

/* Only the directory's owner is looked at by who asks for it; the files keep theirs. */
static int take_back(int base_fd, const char *id, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;

	if (unlinkat(base_fd, id, AT_REMOVEDIR) >= 0 || errno == ENOENT)
		return 0;
	fd = openat(base_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (fd < 0 || fchown(fd, 0, (gid_t)-1) < 0)
		return lx_error_set(err, -errno, "give " LX_JOURNAL_DIR "/%s to root", id);
	return 1;
}

int lx_journal_dir_release(int base_fd, const char *id, const char *directory, struct lx_error *err)
{
	char target[PATH_MAX];

	if (file_read_link(base_fd, id, target) < 0)
		return take_back(base_fd, id, err);
	if (leads_into(target, directory) && unlinkat(base_fd, id, 0) < 0 && errno != ENOENT)
		return lx_error_set(err, -errno, "remove the link " LX_JOURNAL_DIR "/%s", id);
	return 0;
}

int lx_journal_note_write(int directory_fd, const char *id)
{
	char target[sizeof(LX_JOURNAL_DIR) + LX_MACHINE_ID_SIZE], there[LX_MACHINE_ID_SIZE];

	if (lx_journal_note_read(directory_fd, there) >= 0 && str_equal(there, id))
		return 0;
	snprintf(target, sizeof(target), LX_JOURNAL_DIR "/%s", id);
	(void)unlinkat(directory_fd, LX_JOURNAL_NAME, 0);
	return symlinkat(target, directory_fd, LX_JOURNAL_NAME) < 0 ? -errno : 0;
}

int lx_journal_note_read(int directory_fd, char ret[static LX_MACHINE_ID_SIZE])
{
	char target[PATH_MAX];
	const char *id;
	int r = file_read_link(directory_fd, LX_JOURNAL_NAME, target);

	if (r < 0)
		return r == -EINVAL ? -ENOENT : r;
	id = str_after(target, LX_JOURNAL_DIR "/");
	return id && lx_machine_id_parse(id, ret) ? 0 : -ENOENT;
}
