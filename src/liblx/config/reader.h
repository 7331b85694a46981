/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the reader share: read.c knows files, read-line.c what stands in them. */
#pragma once

#include <sys/types.h>

#include "base/ini.h"
#include "config/schema.h"

/* The files that are being read, innermost first. */
struct lx_open_file {
	const char *path;
	dev_t device;
	ino_t inode;
	const struct lx_open_file *parent;
	unsigned depth;
};

struct lx_reader {
	const struct lx_schema *schema;
	void *target;
	char ***problems;
	bool of_root;
	const struct lx_open_file *file;
	const struct lx_section *section; /* of the current header; NULL: none, or an unknown one that was reported */
	void *element;
	bool in_sections;                 /* a header was seen in this file */
	struct lx_settings *settings;     /* where to look for includes; loaded when first needed */
	bool placed;                      /* the error that is on its way up says where it is */
};

/* read.c: a further file, at the place where the reader is. */
int lx_reader_file(struct lx_reader *reader, const char *path, struct lx_error *err);

/* read-line.c */
int lx_reader_line(const struct ini_line *line, void *userdata, struct lx_error *err);
/* A key of the section and element that the reader is in; line 0: not from a file. */
int lx_reader_set(struct lx_reader *reader, const struct lx_key *key, const char *value, const char *file, unsigned line,
		  struct lx_error *err);
/* A mistake: collected (0), or the end (its code). */
int lx_reader_mistake(struct lx_reader *reader, struct lx_error *err);
