/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policies as LXC writes them. The first line is the version, the second says whether the lines that follow are what is
 * allowed or what is denied. Version 1 is a list of numbers that are allowed. Version 2 is names:
 *
 *     2
 *     denylist                      or "allowlist"; an action after it is for all calls that have no line
 *     [all]                         or x86, x86_64, arm, ...: the lines below are for this instruction set only
 *     kexec_load errno 1            or allow, kill, trap, notify; by default kill, or allow in an allowlist
 *     ioctl errno 1 [1,0x5412,==]   argument 1 is that; a mask can follow
 *     reject_force_umount           umount2() with MNT_FORCE
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/str.h"
#include "security/seccomp-policy.h"

#define ERRNO_MAX 4095
#define BLANK " \t\r"

struct reader {
	struct lx_seccomp_policy *policy;
	const char *name;
	unsigned line;
	unsigned version;       /* 0: its line is still to come */
	bool has_style;
	uint32_t arch;          /* of the section; 0: all */
	uint32_t action;        /* of a line that has none */
};

static const struct {
	const char *name;
	uint32_t token;
} sections[] = {
	{ "all", 0 },
	{ "x86", SCMP_ARCH_X86 },
	{ "i386", SCMP_ARCH_X86 },
	{ "x32", SCMP_ARCH_X32 },
	{ "x86_64", SCMP_ARCH_X86_64 },
	{ "amd64", SCMP_ARCH_X86_64 },
	{ "arm", SCMP_ARCH_ARM },
	{ "arm64", SCMP_ARCH_AARCH64 },
	{ "aarch64", SCMP_ARCH_AARCH64 },
	{ "ppc", SCMP_ARCH_PPC },
	{ "ppc64", SCMP_ARCH_PPC64 },
	{ "ppc64le", SCMP_ARCH_PPC64LE },
	{ "mips", SCMP_ARCH_MIPS },
	{ "mips64", SCMP_ARCH_MIPS64 },
	{ "mips64n32", SCMP_ARCH_MIPS64N32 },
	{ "mipsel", SCMP_ARCH_MIPSEL },
	{ "mipsel64", SCMP_ARCH_MIPSEL64 },
	{ "mipsel64n32", SCMP_ARCH_MIPSEL64N32 },
	{ "s390", SCMP_ARCH_S390 },
	{ "s390x", SCMP_ARCH_S390X },
	{ "riscv64", SCMP_ARCH_RISCV64 },
};

static const struct {
	const char *name;
	bool denies;
} styles[] = {
	{ "allowlist", false },
	{ "denylist", true },
	{ "whitelist", false },
	{ "blacklist", true },
};

static const struct {
	const char *name;
	uint32_t action;
} actions[] = {
	{ "allow", SECCOMP_RET_ALLOW },
	{ "kill", SECCOMP_RET_KILL_PROCESS },
	{ "trap", SECCOMP_RET_TRAP },
	{ "notify", SECCOMP_RET_USER_NOTIF },
};

_printf_(3, 4) static int mistake(const struct reader *r, struct lx_error *err, const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return lx_error_say(err, -EINVAL, "%s:%u: %s", r->name, r->line, str_printable(text));
}

/* Cuts the next word off *text; NULL at the end of the line. What is in brackets is one word. */
static char *next_word(char **text)
{
	char *word = *text + strspn(*text, BLANK), *end;

	if (!*word)
		return NULL;
	end = *word == '[' ? strchrnul(word, ']') : word;
	end += strcspn(end, BLANK);
	*text = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* The action at *text, if there is one: 1. */
static int parse_action(const struct reader *r, char **text, uint32_t *ret, struct lx_error *err)
{
	char *word, *number;
	uint64_t value;

	*text += strspn(*text, BLANK);
	if (**text == '[' || **text == '\0' || **text == '#')
		return 0;
	word = next_word(text);
	for (size_t i = 0; i < array_size(actions); i++) {
		if (str_equal(actions[i].name, word)) {
			*ret = actions[i].action;
			return 1;
		}
	}
	if (!str_equal(word, "errno"))
		return mistake(r, err, "\"%.64s\" is no action: allow, errno NUMBER, kill, trap or notify", word);
	number = next_word(text);
	if (!number || parse_uint(number, &value) < 0 || value > ERRNO_MAX)
		return mistake(r, err, "errno wants a number up to 4095");
	*ret = SECCOMP_RET_ERRNO | (uint32_t)value;
	return 1;
}

/* As C writes numbers. */
static int parse_word(const char *text, uint64_t *ret)
{
	const char *hex = str_after(text, "0x");

	if (hex)
		return parse_uint_base(hex, 16, ret);
	return parse_uint_base(text, text[0] == '0' && text[1] ? 8 : 10, ret);
}

/* [INDEX,VALUE,OP] or [INDEX,VALUE,OP,MASK] */
static int parse_arg(const struct reader *r, char *word, struct lx_seccomp_arg *ret, struct lx_error *err)
{
	char *field[4] = { 0 }, *rest = word + 1, *end = strchr(word, ']');
	uint64_t index, value = 0, mask = 0;
	size_t n = 0;
	int op = -EINVAL;

	if (!end)
		return mistake(r, err, "\"%.64s\" lacks its closing bracket", word);
	*end = '\0';
	for (char *part; n < array_size(field) && (part = strsep(&rest, ","));)
		field[n++] = str_strip(part);
	if (n >= 3)
		op = lx_seccomp_op_find(field[2]);
	if (n < 3 || rest || op < 0 || parse_uint(field[0], &index) < 0 || index >= LX_SECCOMP_ARGS_MAX ||
	    parse_word(field[1], &value) < 0 || (n == 4 && parse_word(field[3], &mask) < 0))
		return mistake(r, err, "an argument is written [INDEX,VALUE,OPERATOR] or [INDEX,VALUE,OPERATOR,MASK]");
	if (op == LX_SECCOMP_MASKED_EQ && n != 4)
		return mistake(r, err, "%s wants a mask", field[2]);
	*ret = (struct lx_seccomp_arg){ (unsigned)index, (enum lx_seccomp_op)op, value, mask };
	return 0;
}

static int add(const struct reader *reader, const char *call, uint32_t action, const struct lx_seccomp_arg *args, size_t n,
	       struct lx_error *err)
{
	int r;

	if (action == SECCOMP_RET_USER_NOTIF && lx_call_find(call) == LX_CALL_NONE)
		return mistake(reader, err, "nobody answers for \"%.64s\": lx does for " LX_CALLS_ANSWERED, call);
	r = lx_seccomp_policy_add_known(reader->policy, reader->arch, call, action, args, n);
	if (r == -ENOENT)
		return mistake(reader, err, "there is no system call \"%.64s\"", call);
	return r < 0 ? lx_error_oom(err) : 0;
}

static int add_force_umount(const struct reader *r, struct lx_error *err)
{
	const struct lx_seccomp_arg forced = { 1, LX_SECCOMP_MASKED_EQ, MNT_FORCE, MNT_FORCE };

	return add(r, "umount2", SECCOMP_RET_ERRNO | EACCES, &forced, 1, err);
}

static int parse_rule(const struct reader *reader, char *text, struct lx_error *err)
{
	struct lx_seccomp_arg args[LX_SECCOMP_ARGS_MAX];
	const char *call = next_word(&text);
	uint32_t action = reader->action;
	bool force_umount = str_equal(call, "reject_force_umount");
	size_t n = 0;
	int r = force_umount ? 0 : parse_action(reader, &text, &action, err);

	for (char *word; r >= 0 && (word = next_word(&text)) && *word != '#'; n++) {
		if (*word != '[' || force_umount)
			return mistake(reader, err, "\"%.64s\" is more than a rule has", word);
		if (n == array_size(args))
			return mistake(reader, err, "a call has no more than six arguments");
		r = parse_arg(reader, word, &args[n], err);
	}
	if (r < 0)
		return r;
	return force_umount ? add_force_umount(reader, err) : add(reader, call, action, args, n, err);
}

static int parse_section(struct reader *r, char *line, struct lx_error *err)
{
	size_t length = strcspn(line + 1, "]");

	if (line[1 + length] != ']' || line[2 + length] != '\0')
		return mistake(r, err, "\"%.64s\" is no section: [all] or the name of an instruction set", line);
	line[1 + length] = '\0';
	for (size_t i = 0; i < array_size(sections); i++) {
		if (strcasecmp(sections[i].name, line + 1) == 0) {
			r->arch = sections[i].token;
			return 0;
		}
	}
	return mistake(r, err, "there is no instruction set \"%.64s\"", line + 1);
}

static int parse_number(const struct reader *r, const char *line, struct lx_error *err)
{
	uint64_t call;

	if (parse_uint(line, &call) < 0 || call > INT32_MAX)
		return mistake(r, err, "\"%.64s\" is no number of a system call", line);
	return lx_seccomp_policy_add_number(r->policy, (uint32_t)call, SECCOMP_RET_ALLOW) < 0 ? lx_error_oom(err) : 0;
}

static int parse_version(struct reader *r, const char *line, struct lx_error *err)
{
	if (!str_equal(line, "1") && !str_equal(line, "2"))
		return mistake(r, err, "\"%.64s\" is no version of a list of system calls: 1 or 2", line);
	r->version = (unsigned)(line[0] - '0');
	return 0;
}

static int parse_style(struct reader *reader, char *line, struct lx_error *err)
{
	const char *word = next_word(&line);
	uint32_t fallback;
	size_t i = 0;
	int r;

	while (i < array_size(styles) && !str_equal(styles[i].name, word))
		i++;
	if (i == array_size(styles))
		return mistake(reader, err, "\"%.64s\" is neither allowlist nor denylist", word);
	if (reader->version == 1 && styles[i].denies)
		return mistake(reader, err, "a list of version 1 is an allowlist");

	fallback = styles[i].denies ? SECCOMP_RET_ALLOW : SECCOMP_RET_KILL_PROCESS;
	reader->action = styles[i].denies ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW;
	r = parse_action(reader, &line, &fallback, err);
	if (r < 0)
		return r;
	line += strspn(line, BLANK);
	if (*line && *line != '#')
		return mistake(reader, err, "\"%.64s\" is more than this line has", line);
	if (fallback == SECCOMP_RET_USER_NOTIF)
		return mistake(reader, err, "nobody answers for every call: lx does for " LX_CALLS_ANSWERED);
	reader->has_style = true;
	reader->policy->fallback = fallback;
	return 0;
}

static int parse_line(struct reader *r, char *line, struct lx_error *err)
{
	line = str_strip(line);
	if (*line == '\0' || *line == '#')
		return 0;
	if (r->version == 0)
		return parse_version(r, line, err);
	if (!r->has_style)
		return parse_style(r, line, err);
	if (r->version == 1)
		return parse_number(r, line, err);
	if (*line == '[')
		return parse_section(r, line, err);
	return parse_rule(r, line, err);
}

/* With a blank at both sides of each pair of brackets: nothing need be between two of them. */
static char *copy_line(const char *text, size_t length)
{
	char *line = malloc(2 * length + 1), *p = line;

	for (size_t i = 0; line && i < length; i++) {
		if (text[i] == '[')
			*p++ = ' ';
		*p++ = text[i];
		if (text[i] == ']')
			*p++ = ' ';
	}
	if (line)
		*p = '\0';
	return line;
}

int lx_seccomp_parse_lxc(struct lx_seccomp_policy *policy, const char *name, const char *text, struct lx_error *err)
{
	struct reader reader = { .policy = policy, .name = name };

	lx_seccomp_policy_init(policy, SECCOMP_RET_KILL_PROCESS);
	while (*text) {
		size_t length = strcspn(text, "\n");
		_cleanup_free_ char *line = copy_line(text, length);
		int r;

		if (!line)
			return lx_error_oom(err);
		reader.line++;
		r = parse_line(&reader, line, err);
		if (r < 0)
			return r;
		text += length + (text[length] == '\n');
	}
	if (!reader.has_style)
		return mistake(&reader, err, "the list ends before it begins: its version and allowlist or denylist are missing");
	return 0;
}
