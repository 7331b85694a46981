/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any text as /proc/PID/mountinfo. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "sys/sys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct sys_mountinfo m = { 0 };

	if (!text || sys_mountinfo_parse(text, &m) < 0)
		return 0;
	for (size_t i = 0; i < m.n; i++)
		if (!m.items[i].point || !m.items[i].type || !m.items[i].source || !m.items[i].options ||
		    !m.items[i].super_options || !m.items[i].root)
			abort();
	sys_mountinfo_done(&m);
	return 0;
}
