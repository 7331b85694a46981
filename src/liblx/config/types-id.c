/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Value types about identities and privileges: id maps, capabilities, namespaces, resource limits. */
#include "config/types.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"

static int parse_id(const char *text, uint32_t *ret)
{
	uint64_t value;
	int r;

	r = parse_uint(text, &value);
	if (r < 0)
		return r;
	if (value >= UINT32_MAX) /* -1 is no id */
		return -ERANGE;
	*ret = (uint32_t)value;
	return 0;
}

static int normal_id_range(const struct lx_key *key _unused_, const char *text, char **ret)
{
	_cleanup_free_ char *base_text = NULL;
	uint32_t base, size = 65536;
	const char *colon;
	int r;

	if (str_equal(text, "auto"))
		return lx_type_keep(text, ret);
	colon = strchrnul(text, ':');
	base_text = strndup(text, (size_t)(colon - text));
	if (!base_text)
		return -ENOMEM;
	r = parse_id(base_text, &base);
	if (r == 0 && *colon)
		r = parse_id(colon + 1, &size);
	if (r < 0)
		return r;
	if (base == 0 || size == 0 || (uint64_t)base + size > UINT32_MAX)
		return -ERANGE;
	return lx_type_keep(text, ret);
}

const struct lx_type lx_type_id_range =
	LX_TYPE_TEXT("id range", "auto, or BASE or BASE:SIZE with a base above 0", normal_id_range);

static int parse_idmap(const struct lx_key *key _unused_, const char *text, void *field)
{
	_cleanup_strv_ char **words = NULL;
	struct id_range range, *slot;
	struct lx_idmap *map = field;
	bool both;
	int r;

	r = strv_split(text, " \t", &words);
	if (r < 0)
		return r;
	if (strv_length(words) != 4)
		return -EINVAL;
	both = str_equal(words[0], "both");
	if (!both && !str_equal(words[0], "uid") && !str_equal(words[0], "gid"))
		return -EINVAL;
	if ((r = parse_id(words[1], &range.inside)) < 0 || (r = parse_id(words[2], &range.outside)) < 0 ||
	    (r = parse_id(words[3], &range.size)) < 0)
		return r;
	if (range.size == 0 || (uint64_t)range.inside + range.size > UINT32_MAX ||
	    (uint64_t)range.outside + range.size > UINT32_MAX)
		return -ERANGE;

	if (both || words[0][0] == 'u') {
		slot = vec_add(&map->uids);
		if (!slot)
			return -ENOMEM;
		*slot = range;
	}
	if (both || words[0][0] == 'g') {
		slot = vec_add(&map->gids);
		if (!slot)
			return -ENOMEM;
		*slot = range;
	}
	return 0;
}

static int format_ranges(const char *word, const struct id_range *ranges, size_t n, char ***ret)
{
	for (size_t i = 0; i < n; i++) {
		int r = strv_appendf(ret, "%s %" PRIu32 " %" PRIu32 " %" PRIu32, word, ranges[i].inside, ranges[i].outside,
				     ranges[i].size);

		if (r < 0)
			return r;
	}
	return 0;
}

static int format_idmap(const struct lx_key *key _unused_, const void *field, char ***ret)
{
	const struct lx_idmap *map = field;
	int r;

	if (map->uids.n == map->gids.n &&
	    (map->uids.n == 0 || memcmp(map->uids.items, map->gids.items, map->uids.n * sizeof(*map->uids.items)) == 0))
		return format_ranges("both", map->uids.items, map->uids.n, ret);
	r = format_ranges("uid", map->uids.items, map->uids.n, ret);
	if (r < 0)
		return r;
	return format_ranges("gid", map->gids.items, map->gids.n, ret);
}

static void done_idmap(void *field)
{
	struct lx_idmap *map = field;

	vec_done(&map->uids);
	vec_done(&map->gids);
}

const struct lx_type lx_type_idmap = {
	.name = "id map",
	.syntax = "uid, gid or both, and three numbers: first id inside, first id on the host, how many",
	.size = sizeof(struct lx_idmap),
	.list = true,
	.parse = parse_idmap,
	.format = format_idmap,
	.done = done_idmap,
};

/* "alice:1000"; whether there is an alice is the host's business. */
static int normal_owner(const struct lx_key *key _unused_, const char *text, char **ret)
{
	const char *colon = strchr(text, ':');
	uint32_t id;

	if (!colon || colon == text)
		return -EINVAL;
	for (const char *p = text; p < colon; p++)
		if (!isgraph((unsigned char)*p) || *p == '/' || *p == ',')
			return -EINVAL;
	if (strspn(text, "0123456789") == (size_t)(colon - text)) {
		_cleanup_free_ char *number = strndup(text, (size_t)(colon - text));
		int r = number ? parse_id(number, &id) : -ENOMEM;

		if (r < 0)
			return r;
	}
	return parse_id(colon + 1, &id) ?: lx_type_keep(text, ret);
}

const struct lx_type lx_type_owners =
	LX_TYPE_LIST("owner", "USER:ID, a name or number of the host and a number of the container", normal_owner);

/* CAP_SYS_ADMIN, cap_sys_admin and sys_admin are the same. */
static int normal_capability(const struct lx_key *key, const char *text, char **ret)
{
	char *word = strdup(strncasecmp(text, "cap_", 4) == 0 ? text + 4 : text);

	if (!word)
		return -ENOMEM;
	for (char *p = word; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	for (const char *const *w = key->words; w && *w; w++)
		if (strcmp(*w, word) == 0) {
			*ret = word;
			return 0;
		}
	free(word);
	return -EINVAL;
}

const struct lx_type lx_type_capabilities = {
	.name = "capabilities",
	.syntax = "names of capabilities, such as sys_time, separated by commas",
	.size = sizeof(char **),
	.list = true,
	.parse = lx_type_parse_words,
	.format = lx_type_format_words,
	.done = lx_type_done_list,
	.normal = normal_capability,
};

static int normal_namespace(const struct lx_key *key _unused_, const char *text, char **ret)
{
	const char *name = str_after(text, "container:"), *pid_text = str_after(text, "pid:");
	pid_t pid;

	if (name ? str_is_hostname(name, 63) : pid_text ? parse_pid(pid_text, &pid) == 0 :
	    str_equal(text, "private") || str_equal(text, "host"))
		return lx_type_keep(text, ret);
	return -EINVAL;
}

const struct lx_type lx_type_namespace =
	LX_TYPE_TEXT("namespace", "private, host, container:NAME or pid:PID", normal_namespace);

static int check_limit(const char *text, size_t size, uint64_t *ret)
{
	char number[24];

	if (size >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, size);
	number[size] = '\0';
	if (str_equal(number, "unlimited") || str_equal(number, "infinity")) {
		*ret = UINT64_MAX;
		return 0;
	}
	return parse_size(number, ret);
}

static int normal_rlimit(const struct lx_key *key, const char *text, char **ret)
{
	const char *equal = strchr(text, '='), *soft_end;
	uint64_t soft, hard;
	size_t name_size;
	bool known = false;
	int r;

	if (!equal)
		return -EINVAL;
	name_size = (size_t)(equal - text);
	for (const char *const *w = key->words; w && *w; w++)
		known = known || (strlen(*w) == name_size && strncmp(*w, text, name_size) == 0);
	if (!known)
		return -EINVAL;

	soft_end = strchrnul(equal + 1, ':');
	r = check_limit(equal + 1, (size_t)(soft_end - equal - 1), &soft);
	if (r < 0 || !*soft_end)
		return r < 0 ? r : lx_type_keep(text, ret);
	r = check_limit(soft_end + 1, strlen(soft_end + 1), &hard);
	if (r < 0)
		return r;
	return soft > hard ? -ERANGE : lx_type_keep(text, ret);
}

const struct lx_type lx_type_rlimits =
	LX_TYPE_LIST("resource limit", "RESOURCE=LIMIT or RESOURCE=SOFT:HARD, such as nofile=1024:4096", normal_rlimit);
