/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the journal that a killed monitor left: what is told of it has a kind and a name. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "container/container.h"
#include "fuzz.h"

static int take_record(const char *kind, const char *what, void *userdata, struct lx_error *err)
{
	(void)userdata;
	(void)err;
	if (!*kind || strchr(kind, ' ') || !*what || strchr(what, '\n'))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[256];
	const char *tmp = getenv("TMPDIR");
	_cleanup_close_ int dir_fd = -EBADF;
	struct lx_error err = { 0 };

	snprintf(path, sizeof(path), "%s/lx-fuzz-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(path))
		return 0;
	dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd >= 0 && file_write_atomic(dir_fd, "acquired", (const char *)data, size, 0600) >= 0 &&
	    (lx_journal_for_each(dir_fd, take_record, NULL, &err) < 0 || lx_journal_clear(dir_fd, &err) < 0))
		abort();
	(void)rmdir(path);
	return 0;
}
