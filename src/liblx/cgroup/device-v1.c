/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device rules on v1: everything is denied, then each rule is a line of devices.allow. */
#include <stdio.h>

#include "base/file.h"
#include "cgroup/device-rules.h"

static void format_number(int number, char *text, size_t size)
{
	if (number == LX_DEVICE_ANY)
		snprintf(text, size, "*");
	else
		snprintf(text, size, "%d", number);
}

char *lx_device_rule_format(const struct lx_device_rule *rule, char *text, size_t size)
{
	char major_text[12], minor_text[12];

	format_number(rule->major, major_text, sizeof(major_text));
	format_number(rule->minor, minor_text, sizeof(minor_text));
	snprintf(text, size, "%c %s:%s %s%s%s", rule->type, major_text, minor_text,
		 rule->access & LX_DEVICE_READ ? "r" : "", rule->access & LX_DEVICE_WRITE ? "w" : "",
		 rule->access & LX_DEVICE_MKNOD ? "m" : "");
	return text;
}

int lx_device_v1_apply(int group_fd, const struct lx_device_rules *rules, struct lx_error *err)
{
	int r;

	r = file_write(group_fd, "devices.deny", "a");
	if (r < 0)
		return lx_error_set(err, r, "close the devices of the group");

	vec_for_each(rule, &rules->list) {
		char line[LX_DEVICE_LINE_MAX];

		r = file_write(group_fd, "devices.allow", lx_device_rule_format(rule, line, sizeof(line)));
		if (r < 0)
			return lx_error_set(err, r, "allow device \"%s\"", line);
	}
	return 0;
}
