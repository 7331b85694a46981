/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where root file systems come from: Lua templates, and the cache of images that they build. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/time.h"
#include "config/config.h"
#include "image/rooted.h"

/* ---- template.c: runs lx-template, which runs the template's Lua ---------------------------------------------- */

struct lx_template {
	char *name;                 /* "debian": the file's name without .lua */
	char *file;
	char *library;              /* directory of the shared Lua code */
	char *program;              /* lx-template */
	int userns_fd;              /* as whose root build and configure run; 0: as we are. Borrowed */
};
/* name: of an installed template, or a path with a slash. -ENOENT with the names that there are. */
int lx_template_find(const struct lx_settings *settings, const char *name, struct lx_template *ret, struct lx_error *err);
void lx_template_done(struct lx_template *t);
#define _cleanup_lx_template_ _cleanup_(lx_template_done)
/* Names of the installed templates, sorted. */
int lx_template_names(const struct lx_settings *settings, char ***ret, struct lx_error *err);

/* Somebody who is told how a long operation goes, and who may end it. */
struct lx_watch {
	void (*progress)(const struct lx_progress *p, void *userdata); /* may be NULL */
	void *userdata;
	usec_t started;             /* CLOCK_MONOTONIC */
	int signal_fd;              /* signalfd(2); something to read there ends the operation with -EINTR; -EBADF */
};
void lx_watch_report(const struct lx_watch *watch, const char *stage, int percent, const char *message);
/* -EINTR, with its sentence, when the operation is to end. */
int lx_watch_check(const struct lx_watch *watch, struct lx_error *err);

/* Text that lx-template prints: verb "help", "words" or "key". */
int lx_template_text(const struct lx_template *t, const char *verb, char *const *args, char **ret, struct lx_error *err);
/* Fills the empty directory tree. */
int lx_template_build(const struct lx_template *t, const char *tree, char *const *args, const struct lx_watch *watch,
		      struct lx_error *err);
/* Adapts the root behind root_fd to a container; *ret_settings are "section.key=value" for its configuration. */
int lx_template_configure(const struct lx_template *t, const char *name, int root_fd, char *const *args,
			  const struct lx_watch *watch, char ***ret_settings, struct lx_error *err);

/* ---- cache.c: images, each built once ------------------------------------------------------------------------- */

struct lx_image_request {
	const struct lx_settings *settings;
	const struct lx_template *template;
	char *const *args;
	bool rebuild;               /* a new one even if there is one */
	const char *directory;      /* of the container that will use it */
	struct lx_rooted_owner owner; /* root of the image's files: another one than 0 where files have their owners shifted */
	const struct lx_watch *watch;
};
/* The tree of an image for this request, built when there is none that is young enough. It stays as long as directory, or
 * until lx_image_release(). */
int lx_image_acquire(const struct lx_image_request *request, char **ret_tree, struct lx_error *err);
/* The container no longer needs its image; those that nobody needs and that are too old are removed. */
int lx_image_release(const struct lx_settings *settings, const char *directory, struct lx_error *err);
/* The name of the image for such text: template's name and digest (SHA-256, the first 96 bits). */
int lx_image_key(const char *template_name, const char *text, char **ret, struct lx_error *err);

/* ---- identity.c: what must not be shared between systems ------------------------------------------------------ */

/* Takes out of a new image what identifies one system: machine id, ssh host keys, random seeds, host name. */
int lx_identity_reset(int root_fd, struct lx_error *err);
struct lx_identity {
	const char *hostname;
	const char *password_file;  /* first line is root's password; NULL: root stays locked */
	const char *ssh_key_file;   /* public keys that may log in as root; NULL */
};
/* Gives the root of one container its own. */
int lx_identity_apply(int root_fd, const struct lx_identity *identity, struct lx_error *err);
