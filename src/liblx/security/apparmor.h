/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the AppArmor driver: the text of a profile, its compiled form, the kernel's policy. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/* apparmor-profile.c */
struct lx_apparmor_wish {
	const char *name;           /* of the profile, and of the policy namespace */
	bool own_namespace;         /* the guest loads profiles of its own there */
	bool nesting;
	bool newer_classes;         /* user namespaces, message queues and io_uring need a rule */
	bool sockets;               /* are looked at, and need one too */
	char *const *rules;         /* of the configuration, as they are; NULL */
};
/* The profile's text. Pure. */
void lx_apparmor_profile_write(const struct lx_apparmor_wish *wish, struct buf *out);
/* A pattern for paths below a directory whose last part is anything but name. The character after it is the end of the path, or
 * a slash. */
void lx_apparmor_write_other_name(const char *name, struct buf *out);

/* apparmor-compile.c: the compiled form of the text, from the directory or made by apparmor_parser and put there, where it
 * replaces what was made for an earlier text of the same name. */
int lx_apparmor_compile(const char *directory, const char *name, const char *text, bool sockets, char **ret, size_t *ret_size,
			struct lx_error *err);
/* The name of the file for it. NULL when memory is short. */
char *lx_apparmor_cache_name(const char *name, const char *text, const char *kernel);
/* Removes what is kept under that name. */
int lx_apparmor_forget(const char *directory, const char *name, struct lx_error *err);

/* apparmor-features.c: what the kernel looks at, from the files below the directory, as apparmor_parser wants to be told. */
int lx_apparmor_features(int directory_fd, bool sockets, struct buf *out);

/* apparmor-kernel.c */
bool lx_apparmor_is_loaded(const char *name);
int lx_apparmor_replace(const char *compiled, size_t size, struct lx_error *err);
/* Fine when it is not there. */
int lx_apparmor_remove(const char *name, struct lx_error *err);
/* Fine when it is there already. */
int lx_apparmor_namespace_create(const char *name, struct lx_error *err);
/* With all profiles in it; fine when it is not there. */
int lx_apparmor_namespace_remove(const char *name, struct lx_error *err);
