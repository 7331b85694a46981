/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policies as JSON: the runtime specification's, and docker's, which has rules that count only with some capabilities, on
 * some machines or from some kernel on. jansson keeps no place of what it has read, so that the line of a mistake is looked
 * up in the text again.
 */
#include <errno.h>
#include <jansson.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "security/seccomp-policy.h"

#define ERRNO_MAX 4095

struct reader {
	struct lx_seccomp_policy *policy;
	const char *name, *text;
	uint64_t bounding;
	struct lx_error *err;
	const char *key;        /* of the whole object, that is being read */
	size_t index;           /* of its array, or 0 */
};

static const struct {
	const char *name;
	uint32_t action;
	bool has_number;
} actions[] = {
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, false },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG, false },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, true },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE, true },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP, false },
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, false },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, false },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, false },
	{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF, false },
};

/* token: 0 for those that we do not look at, which are no mistake; go: docker's word in conditions */
static const struct {
	const char *name;
	uint32_t token;
	const char *go;
} architectures[] = {
	{ "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, "amd64" },
	{ "SCMP_ARCH_X86", SCMP_ARCH_X86, "x86" },
	{ "SCMP_ARCH_X32", SCMP_ARCH_X32, "x32" },
	{ "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, "arm64" },
	{ "SCMP_ARCH_ARM", SCMP_ARCH_ARM, "arm" },
	{ "SCMP_ARCH_S390X", SCMP_ARCH_S390X, "s390x" },
	{ "SCMP_ARCH_S390", SCMP_ARCH_S390, "s390" },
	{ "SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE, "ppc64le" },
	{ "SCMP_ARCH_PPC64", SCMP_ARCH_PPC64, "ppc64" },
	{ "SCMP_ARCH_PPC", SCMP_ARCH_PPC, "ppc" },
	{ "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, "riscv64" },
	{ "SCMP_ARCH_MIPS", SCMP_ARCH_MIPS, "mips" },
	{ "SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64, "mips64" },
	{ "SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32, "mips64n32" },
	{ "SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL, "mipsel" },
	{ "SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64, "mipsel64" },
	{ "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32, "mipsel64n32" },
	{ "SCMP_ARCH_PARISC", 0, "parisc" },
	{ "SCMP_ARCH_PARISC64", 0, "parisc64" },
	{ "SCMP_ARCH_LOONGARCH64", 0, "loong64" },
};

static void drop(json_t **value)
{
	json_decref(*value);
}

/* ---- places */

/* The byte after the string that begins at p. */
static const char *after_string(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		p += *p == '\\' && p[1];
	return *p ? p + 1 : p;
}

static bool is_key(const char *p, const char *key)
{
	size_t length = strlen(key);

	return strncmp(p + 1, key, length) == 0 && p[1 + length] == '"' &&
	       p[2 + length + strspn(p + 2 + length, " \t\r\n")] == ':';
}

static unsigned line_at(const char *text, const char *p)
{
	unsigned line = 1;

	for (; text < p; text++)
		line += *text == '\n';
	return line;
}

/* Where the item with that number of the array under a key of the whole object begins; that key when it has none. The text
 * has been read: its brackets match. */
static unsigned find_line(const char *text, const char *key, size_t index)
{
	const char *place = text;
	size_t item = 0;
	int depth = 0;

	for (const char *p = text; *p;) {
		if (*p == '"') {
			if (depth == 1 && is_key(p, key))
				place = p;
			p = after_string(p);
			continue;
		}
		depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
		if (place > text && *p == '{' && depth == 3 && item++ == index)
			return line_at(text, p);
		if (place > text && depth == 1 && (*p == ']' || *p == '}' || *p == ','))
			break;
		p++;
	}
	return line_at(text, place);
}

_printf_(2, 3) static int mistake(const struct reader *r, const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return lx_error_say(r->err, -EINVAL, "%s:%u: %s: %s", r->name, find_line(r->text, r->key, r->index), r->key,
			    str_printable(text));
}

/* ---- values */

/* The string, or NULL and a mistake; absent is fine when what is found is ignored. */
static const char *word_of(const struct reader *r, const json_t *value, const char *what)
{
	const char *word = json_string_value(value);

	if (!word)
		mistake(r, "%s is no string", what);
	return word;
}

/* 0 when there is none */
static int number_of(const struct reader *r, const json_t *object, const char *key, uint64_t fallback, uint64_t *ret)
{
	const json_t *value = json_object_get(object, key);

	*ret = fallback;
	if (!value || json_is_null(value))
		return 0;
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*ret = (uint64_t)json_integer_value(value);
		return 0;
	}
	return mistake(r, "%s is no number from 0 to 9223372036854775807", key);
}

static int array_of(const struct reader *r, const json_t *object, const char *key, const json_t **ret)
{
	const json_t *value = json_object_get(object, key);

	*ret = value && !json_is_null(value) ? value : NULL;
	return *ret && !json_is_array(*ret) ? mistake(r, "%s is no array", key) : 0;
}

static int action_of(const struct reader *r, const json_t *object, const char *key, const char *number_key, uint32_t *ret)
{
	const char *word = word_of(r, json_object_get(object, key), key);
	uint64_t number;

	if (!word || number_of(r, object, number_key, EPERM, &number) < 0)
		return -EINVAL;
	if (number > ERRNO_MAX)
		return mistake(r, "%s is no error's number", number_key);
	for (size_t i = 0; i < array_size(actions); i++) {
		if (str_equal(actions[i].name, word)) {
			*ret = actions[i].action | (actions[i].has_number ? (uint32_t)number : 0);
			return 0;
		}
	}
	return mistake(r, "there is no action \"%.64s\"", word);
}

/* ---- instruction sets */

static int find_architecture(const char *name)
{
	for (size_t i = 0; i < array_size(architectures); i++) {
		if (str_equal(architectures[i].name, name) || str_equal(architectures[i].go, name))
			return (int)i;
	}
	return -EINVAL;
}

static int want(const struct reader *r, const json_t *names)
{
	const json_t *item;
	size_t i;

	json_array_foreach(names, i, item) {
		const char *name = word_of(r, item, "an architecture");
		int found = name ? find_architecture(name) : 0;

		if (!name)
			return -EINVAL;
		if (found < 0)
			return mistake(r, "there is no architecture \"%.64s\"", name);
		for (size_t n = 0; n < r->policy->n_arches; n++)
			r->policy->arches[n].wanted |= r->policy->arches[n].token == architectures[found].token;
	}
	return 0;
}

/* docker's: for each native one, which others go with it */
static int want_from_map(struct reader *r, const json_t *map)
{
	const json_t *item, *others;
	size_t i;

	r->key = "archMap";
	json_array_foreach(map, i, item) {
		const char *name;
		int found;

		r->index = i;
		name = word_of(r, json_object_get(item, "architecture"), "architecture");
		if (!name)
			return -EINVAL;
		found = find_architecture(name);
		if (found < 0)
			return mistake(r, "there is no architecture \"%.64s\"", name);
		if (architectures[found].token != r->policy->arches[0].token)
			continue;
		if (array_of(r, item, "subArchitectures", &others) < 0 || (others && want(r, others) < 0))
			return -EINVAL;
	}
	return 0;
}

/* Beside the native one only what the policy names has been thought of by who wrote it. */
static int read_architectures(struct reader *r, const json_t *root)
{
	const json_t *names, *map;

	for (size_t i = 1; i < r->policy->n_arches; i++)
		r->policy->arches[i].wanted = false;
	r->key = "architectures";
	if (array_of(r, root, "architectures", &names) < 0 || (names && want(r, names) < 0))
		return -EINVAL;
	r->key = "archMap";
	if (array_of(r, root, "archMap", &map) < 0)
		return -EINVAL;
	return map ? want_from_map(r, map) : 0;
}

/* ---- conditions of a rule */

static bool has_cap(const struct reader *r, const char *name)
{
	int cap = lx_cap_find(name);

	return cap >= 0 && r->bounding & (1ULL << cap);
}

static bool is_native(const struct reader *r, const char *name)
{
	int found = find_architecture(name);

	return found >= 0 && architectures[found].token == r->policy->arches[0].token;
}

typedef bool (*condition_fn)(const struct reader *r, const char *word);

/* How many of the words under key hold, of how many there are. */
static int count(const struct reader *r, const json_t *object, const char *key, condition_fn holds, size_t *ret_held,
		 size_t *ret_n)
{
	const json_t *words, *item;
	size_t i;

	*ret_held = *ret_n = 0;
	if (array_of(r, object, key, &words) < 0)
		return -EINVAL;
	json_array_foreach(words, i, item) {
		const char *word = word_of(r, item, key);

		if (!word)
			return -EINVAL;
		*ret_held += holds(r, word);
		(*ret_n)++;
	}
	return 0;
}

static int kernel_is_new_enough(const struct reader *r, const json_t *object, bool *ret)
{
	const json_t *value = json_object_get(object, "minKernel");
	unsigned major = 0, minor = 0, our_major = 0, our_minor = 0;
	struct utsname name;

	*ret = true;
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value) || sscanf(json_string_value(value), "%u.%u", &major, &minor) != 2)
		return mistake(r, "minKernel is no version of a kernel");
	if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &our_major, &our_minor) != 2)
		return mistake(r, "this kernel does not tell the version that minKernel asks for");
	*ret = our_major > major || (our_major == major && our_minor >= minor);
	return 0;
}

/* Needs all capabilities and one of the machines that it includes, none of those that it excludes. */
static int rule_counts(const struct reader *r, const json_t *rule, bool *ret)
{
	const json_t *includes = json_object_get(rule, "includes"), *excludes = json_object_get(rule, "excludes");
	size_t caps, n_caps, arches, n_arches, no_caps, no_arches, n;
	bool new_enough, excluded_kernel = false;

	if (count(r, includes, "caps", has_cap, &caps, &n_caps) < 0 ||
	    count(r, includes, "arches", is_native, &arches, &n_arches) < 0 ||
	    kernel_is_new_enough(r, includes, &new_enough) < 0 || count(r, excludes, "caps", has_cap, &no_caps, &n) < 0 ||
	    count(r, excludes, "arches", is_native, &no_arches, &n) < 0)
		return -EINVAL;
	if (json_object_get(excludes, "minKernel") && kernel_is_new_enough(r, excludes, &excluded_kernel) < 0)
		return -EINVAL;
	*ret = caps == n_caps && (n_arches == 0 || arches > 0) && new_enough && no_caps == 0 && no_arches == 0 && !excluded_kernel;
	return 0;
}

/* ---- rules */

/* The value of a masked comparison is the mask, and what is compared is the second. */
static int parse_arg(const struct reader *r, const json_t *object, struct lx_seccomp_arg *ret)
{
	const char *word = word_of(r, json_object_get(object, "op"), "op");
	int op = word ? lx_seccomp_op_find(word) : -EINVAL;
	uint64_t index, value, second;

	if (!word || number_of(r, object, "index", 0, &index) < 0 || number_of(r, object, "value", 0, &value) < 0 ||
	    number_of(r, object, "valueTwo", 0, &second) < 0)
		return -EINVAL;
	if (op < 0)
		return mistake(r, "there is no comparison \"%.64s\"", word);
	if (index >= LX_SECCOMP_ARGS_MAX)
		return mistake(r, "index: a call has arguments 0 to 5");
	*ret = (struct lx_seccomp_arg){ (unsigned)index, (enum lx_seccomp_op)op, value, 0 };
	if (op == LX_SECCOMP_MASKED_EQ) {
		ret->mask = value;
		ret->value = second;
	}
	return 0;
}

/* Comparisons of different arguments must all hold; when two are of the same argument, each is a rule of its own. */
static bool are_alternatives(const struct lx_seccomp_arg *args, size_t n)
{
	unsigned seen = 0;

	for (size_t i = 0; i < n; i++) {
		if (seen & (1U << args[i].index))
			return true;
		seen |= 1U << args[i].index;
	}
	return false;
}

static int add_call(const struct reader *r, const char *call, uint32_t action, const struct lx_seccomp_arg *args, size_t n)
{
	size_t step = are_alternatives(args, n) ? 1 : n;
	size_t i = 0;
	int result;

	if (action == SECCOMP_RET_USER_NOTIF && lx_call_find(call) == LX_CALL_NONE)
		return mistake(r, "nobody answers for \"%.64s\": lx does for " LX_CALLS_ANSWERED, call);
	do {
		result = lx_seccomp_policy_add_known(r->policy, 0, call, action, args + i, step);
		if (result == -ENOENT)
			return mistake(r, "there is no system call \"%.64s\"", call);
		if (result < 0)
			return lx_error_oom(r->err);
		i += step;
	} while (i < n);
	return 0;
}

static int parse_args(const struct reader *r, const json_t *rule, struct lx_seccomp_arg *args, size_t *ret_n)
{
	const json_t *list, *item;
	size_t i;

	*ret_n = 0;
	if (array_of(r, rule, "args", &list) < 0)
		return -EINVAL;
	if (json_array_size(list) > LX_SECCOMP_ARGS_MAX)
		return mistake(r, "args has more than six members");
	json_array_foreach(list, i, item) {
		if (parse_arg(r, item, &args[i]) < 0)
			return -EINVAL;
		(*ret_n)++;
	}
	return 0;
}

static int parse_rule(const struct reader *r, const json_t *rule)
{
	struct lx_seccomp_arg args[LX_SECCOMP_ARGS_MAX];
	const json_t *names, *item, *single = json_object_get(rule, "name");
	uint32_t action;
	size_t n, i;
	bool counts;
	int result = 0;

	if (!json_is_object(rule))
		return mistake(r, "a rule is no object");
	if (action_of(r, rule, "action", "errnoRet", &action) < 0 || parse_args(r, rule, args, &n) < 0 ||
	    array_of(r, rule, "names", &names) < 0 || rule_counts(r, rule, &counts) < 0)
		return -EINVAL;
	if (!names && !single)
		return mistake(r, "a rule without names");
	if (!counts)
		return 0;
	json_array_foreach(names, i, item) {
		const char *call = word_of(r, item, "a name");

		result = call ? add_call(r, call, action, args, n) : -EINVAL;
		if (result < 0)
			return result;
	}
	if (single && !names) {
		const char *call = word_of(r, single, "name");

		result = call ? add_call(r, call, action, args, n) : -EINVAL;
	}
	return result;
}

static int read_rules(struct reader *r, const json_t *root)
{
	const json_t *rules, *rule;
	int result;

	r->key = "syscalls";
	r->index = 0;
	if (array_of(r, root, "syscalls", &rules) < 0)
		return -EINVAL;
	json_array_foreach(rules, r->index, rule) {
		result = parse_rule(r, rule);
		if (result < 0)
			return result;
	}
	return 0;
}

/* Somebody else's program that would answer. */
static int refuse_listener(struct reader *r, const json_t *root)
{
	const char *path = json_string_value(json_object_get(root, "listenerPath"));

	r->key = "listenerPath";
	return str_empty(path) ? 0 : mistake(r, "lx answers itself, for " LX_CALLS_ANSWERED "; remove it");
}

int lx_seccomp_parse_json(struct lx_seccomp_policy *policy, const char *name, const char *text, uint64_t bounding,
			  struct lx_error *err)
{
	struct reader r = {
		.policy = policy, .name = name, .text = text, .bounding = bounding, .err = err, .key = "defaultAction",
	};
	json_error_t error;
	_cleanup_(drop) json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	lx_seccomp_policy_init(policy, SECCOMP_RET_KILL_PROCESS);
	if (!root)
		return lx_error_say(err, -EINVAL, "%s:%d: %s", name, error.line, str_printable(error.text));
	if (lx_cap_names_load(err) < 0)
		return -EOPNOTSUPP;
	if (action_of(&r, root, "defaultAction", "defaultErrnoRet", &policy->fallback) < 0)
		return -EINVAL;
	if (policy->fallback == SECCOMP_RET_USER_NOTIF)
		return mistake(&r, "nobody answers for every call: lx does for " LX_CALLS_ANSWERED);
	if (read_architectures(&r, root) < 0 || refuse_listener(&r, root) < 0)
		return -EINVAL;
	return read_rules(&r, root);
}
