/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of /proc/PID/mountinfo, proc(5):
 *
 *     36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/root rw,errors=continue
 *
 * White space and backslash inside a field are octal escapes. One space is between two fields, and a field may be empty: a
 * container can mount something whose source is "".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "sys/sys.h"

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Undoes "\040" and its kind, in place. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && is_octal(s[1]) && is_octal(s[2]) && is_octal(s[3])) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static int set_field(char **field, const char *word)
{
	if (!word)
		return -EINVAL;
	*field = strdup(word);
	if (!*field)
		return -ENOMEM;
	unescape(*field);
	return 0;
}

static int parse_device(const char *word, dev_t *ret)
{
	unsigned major_number, minor_number;
	char rest;

	if (!word || sscanf(word, "%u:%u%c", &major_number, &minor_number, &rest) != 2)
		return -EINVAL;
	*ret = makedev(major_number, minor_number);
	return 0;
}

static int parse_line(char *line, struct sys_mount_entry *ret)
{
	const char *words[6];
	const char *word;
	int r;

	/* mount id, parent id, device, root, mount point, options */
	for (size_t i = 0; i < 6; i++)
		words[i] = strsep(&line, " ");
	r = parse_device(words[2], &ret->device);
	if (r < 0)
		return r;
	r = set_field(&ret->root, words[3]);
	if (r < 0)
		return r;
	r = set_field(&ret->point, words[4]);
	if (r < 0)
		return r;
	r = set_field(&ret->options, words[5]);
	if (r < 0)
		return r;

	/* Any number of optional fields, then a hyphen. */
	while ((word = strsep(&line, " ")) && strcmp(word, "-") != 0)
		;
	r = set_field(&ret->type, strsep(&line, " "));
	if (r < 0)
		return r;
	r = set_field(&ret->source, strsep(&line, " "));
	if (r < 0)
		return r;
	return set_field(&ret->super_options, strsep(&line, " "));
}

int sys_mountinfo_parse(const char *text, struct sys_mountinfo *ret)
{
	_cleanup_(sys_mountinfo_done) struct sys_mountinfo m = { 0 };
	_cleanup_free_ char *copy = strdup(text);
	char *state = NULL;

	if (!copy)
		return -ENOMEM;

	for (char *line = strtok_r(copy, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		struct sys_mount_entry *entry = vec_add(&m);
		int r;

		if (!entry)
			return -ENOMEM;
		r = parse_line(line, entry);
		if (r < 0)
			return r;
	}

	*ret = m;
	m = (struct sys_mountinfo){ 0 };
	return 0;
}

void sys_mountinfo_done(struct sys_mountinfo *m)
{
	for (size_t i = 0; i < m->n; i++) {
		struct sys_mount_entry *e = &m->items[i];

		free(e->point);
		free(e->type);
		free(e->source);
		free(e->options);
		free(e->super_options);
		free(e->root);
	}
	vec_done(m);
}
