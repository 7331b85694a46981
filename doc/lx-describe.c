/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs while lx is built: prints what is generated from the tables of keys (manual pages, the installed lx.conf). */
#include <stdio.h>

#include "base/cleanup.h"
#include "config/describe.h"

int main(int argc, char **argv)
{
	_cleanup_free_ char *text = NULL;
	struct lx_error err = { 0 };

	if (argc != 2) {
		fprintf(stderr, "usage: %s FORM\n", argv[0]);
		return EXIT_FAILURE;
	}
	if (lx_describe(argv[1], NULL, &text, &err) < 0) {
		fprintf(stderr, "%s: %s\n", argv[0], err.text);
		return EXIT_FAILURE;
	}
	return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
