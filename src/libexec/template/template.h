/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One template: a Lua file that returns a table { name, summary, options, key, build, configure }, loaded into a state that
 * offers no way to the host but the functions of ours (api-*.c).
 */
#pragma once

#include <lua.h>
#include <stdbool.h>

#include "base/error.h"
#include "template/options.h"

struct template {
	lua_State *lua;
	const char *file;           /* borrowed */
	const char *library;        /* directory of what require("lib.x") finds; borrowed */
	char **sources;             /* files that were read */
	template_options options;   /* as declared, with the values of the command line */
};

void template_init(struct template *t);
void template_done(struct template *t);
#define _cleanup_template_ _cleanup_(template_done)

/* Runs the file and reads its declarations. */
int template_load(struct template *t, const char *file, const char *library, struct lx_error *err);
/* Parses args and leaves the table of values on the Lua stack: given ones, else defaults, which may be functions of the
 * values before them. */
int template_push_options(struct template *t, char *const *args, struct lx_error *err);
/* Text that is the same exactly when the image would be: template, options, architecture, sources. */
int template_print_key(struct template *t, FILE *f, struct lx_error *err);
void template_print_help(struct template *t, FILE *f);
/* Calls build(image, options) or configure(guest, options); the two arguments are on the stack. A template need not have
 * the function. */
int template_call(struct template *t, const char *function, struct lx_error *err);
/* An error value on top of the stack as sentence; pops it. */
int template_lua_error(struct template *t, struct lx_error *err);

/* report.c: lines that the caller of this program reads, "P\tPERCENT\tSTAGE\tMESSAGE", "L\tTEXT", "C\tKEY\tVALUE". */
void report_progress(const char *stage, int percent, const char *message);
void report_log(const char *text);
void report_config(const char *key, const char *value);

/* api-tree.c: the object "image" or "guest": methods that change the tree behind root_fd (borrowed). path names it for
 * programs on the host, NULL for a guest, which has no run(). */
struct template_tree {
	int root_fd;
	const char *path;
	const char *name;           /* of the container; NULL for an image */
};
void template_tree_register(lua_State *L);
void template_tree_push(lua_State *L, const struct template_tree *tree);
/* The tree of a method's first argument. */
const struct template_tree *template_tree_check(lua_State *L);

/* api-run.c: image:run() */
int template_run(lua_State *L);

/* api-host.c: the table "host" */
void template_host_push(lua_State *L);
