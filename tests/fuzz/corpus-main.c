/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fuzz target as an ordinary test: runs it on each file of tests/fuzz/corpus/NAME, where the program is fuzz-NAME, and on
 * every prefix of small ones. tests/fuzz/run links libFuzzer in the place of this file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "fuzz.h"

#define PREFIXES_MAX 2048 /* of files up to this size */

static int run_file(int dir_fd, const char *name)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r;

	r = file_read(dir_fd, name, FILE_TEXT_MAX, &data, &size);
	if (r < 0)
		return r;
	LLVMFuzzerTestOneInput((const uint8_t *)data, size);
	for (size_t n = 0; size <= PREFIXES_MAX && n < size; n++)
		LLVMFuzzerTestOneInput((const uint8_t *)data, n);
	return 0;
}

int main(void)
{
	const char *top = getenv("top_srcdir"), *name = str_after(program_invocation_short_name, "lt-") ?: program_invocation_short_name;
	_cleanup_free_ char *path = str_format("%s/tests/fuzz/corpus/%s", top ? top : ".", str_after(name, "fuzz-"));
	_cleanup_closedir_ DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned n = 0;

	if (!dir) {
		printf("Bail out! no corpus %s\n", path);
		return EXIT_FAILURE;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			int r = run_file(dirfd(dir), entry->d_name);

			printf("%sok %u - %s\n", r < 0 ? "not " : "", ++n, entry->d_name);
			fflush(stdout);
		}
	printf("1..%u\n", n);
	return 0;
}
