/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Users and groups of the host, by the text of passwd(5) and group(5). The name service is not asked: its modules are
 * strangers' code, which would run in the monitor; who is known only there can be written as a number.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"

#include "base/file.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"

/* Both files have the name, a password and the number in front. */
enum { FIELD_NAME, FIELD_ID = 2, FIELD_GID, FIELDS_MAX };

static bool parse_id(const char *text, uint32_t *ret)
{
	uint64_t value;

	if (parse_uint(text, &value) < 0 || value >= UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* Does the line say who word is, a name or a number? ret: the numbers in it. */
static bool read_line(char *line, const char *word, size_t n_fields, uint32_t ret[FIELDS_MAX])
{
	char *fields[FIELDS_MAX] = { NULL };
	uint32_t number;

	for (size_t i = 0; i < n_fields; i++)
		fields[i] = line ? strsep(&line, ":") : NULL;
	for (size_t i = FIELD_ID; i < n_fields; i++)
		if (!fields[i] || !parse_id(fields[i], &ret[i]))
			return false;
	return str_equal(fields[FIELD_NAME], word) || (parse_id(word, &number) && number == ret[FIELD_ID]);
}

static int find_line(const char *text, const char *word, size_t n_fields, uint32_t ret[FIELDS_MAX])
{
	_cleanup_strv_ char **lines = NULL;

	if (strv_split(text ?: "", "\n", &lines) < 0)
		return -ENOMEM;
	strv_for_each(line, lines)
		if (read_line(line, word, n_fields, ret))
			return 0;
	return -ENOENT;
}

int lx_user_lookup(const char *passwd, const char *word, uint32_t *ret_uid, uint32_t *ret_gid)
{
	uint32_t ids[FIELDS_MAX];
	int r = find_line(passwd, word, FIELDS_MAX, ids);

	if (r == -ENOENT && parse_id(word, &ids[FIELD_ID])) { /* a number needs no line; nor does its group */
		ids[FIELD_GID] = ids[FIELD_ID];
		r = 0;
	}
	if (r < 0)
		return r;
	*ret_uid = ids[FIELD_ID];
	*ret_gid = ids[FIELD_GID];
	return 0;
}

int lx_group_lookup(const char *group, const char *word, uint32_t *ret_gid)
{
	uint32_t ids[FIELDS_MAX];
	int r;

	if (parse_id(word, ret_gid))
		return 0;
	r = find_line(group, word, FIELD_GID, ids);
	if (r < 0)
		return r;
	*ret_gid = ids[FIELD_ID];
	return 0;
}

int lx_users_load(struct lx_users *ret, struct lx_error *err)
{
	static const char *const files[] = { "/etc/passwd", "/etc/group" };
	struct lx_users users = { 0 };
	char **texts[] = { &users.passwd, &users.group };

	for (size_t i = 0; i < array_size(files); i++) {
		int r = file_read(AT_FDCWD, files[i], FILE_TEXT_MAX, texts[i], NULL);

		if (r < 0 && r != -ENOENT) {
			lx_users_done(&users);
			return lx_error_set(err, r, "read %s", files[i]);
		}
	}
	*ret = users;
	return 0;
}

void lx_users_done(struct lx_users *users)
{
	free(users->passwd);
	free(users->group);
	*users = (struct lx_users){ 0 };
}
