/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journals of containers in the host's /var/log/journal, a name for each machine id: the directory in which a container's
 * journald writes (it is mounted there), or a link to where the container has it in its own root file system. Nothing here
 * needs systemd to run on the host.
 *
 * A guest says itself what its machine id is. So a directory is only given to who has it already, by its owner: the ids of
 * containers differ. A new one is root's until it is given.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/id-range.h"

#define LX_JOURNAL_DIR "/var/log/journal"
/* In a container's own directory: a link to its name below LX_JOURNAL_DIR, for who looks for it, and for its end. */
#define LX_JOURNAL_NAME "journal"
#define LX_MACHINE_ID_SIZE 33

/* 32 lower case hexadecimal digits at the start of text, with or without the dashes of a UUID, up to its end or line end. */
bool lx_machine_id_parse(const char *text, char ret[static LX_MACHINE_ID_SIZE]);
/* That of the root file system, -ENOENT when it has none: it will take the one that its manager tells it then. */
int lx_machine_id_read(int root_fd, char ret[static LX_MACHINE_ID_SIZE]);

/* Who a container is on disk: its root, and all of its users; NULL: a privileged one. And of which context of SELinux its files
 * are; NULL: of none of its own. */
struct lx_journal_owner {
	uid_t uid;
	gid_t gid;
	const id_ranges *uids;
	const char *context;
};
/* The directory below base_fd for a container, with its context; with make, it is made when it is missing.
 * 1: it was made; -ENOENT; -EPERM: it is somebody else's; -EEXIST: it is no directory. */
int lx_journal_dir_give(int base_fd, const char *id, const struct lx_journal_owner *owner, bool make, struct lx_error *err);
/* The link below base_fd to target. directory: that of the container; a link into it is replaced. 1: it was made. */
int lx_journal_dir_link(int base_fd, const char *id, const char *target, const char *directory, struct lx_error *err);
/* What the container has there is not its own any more: the link is removed; a directory is removed when it is empty and
 * given to root when it is not, so that nobody else is ever given it. 1: one is left. */
int lx_journal_dir_release(int base_fd, const char *id, const char *directory, struct lx_error *err);

/* The note in the directory of a container. Reading: -ENOENT. */
int lx_journal_note_write(int directory_fd, const char *id);
int lx_journal_note_read(int directory_fd, char ret[static LX_MACHINE_ID_SIZE]);
