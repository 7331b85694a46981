/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happens during a long command, on standard error: on a terminal one line that is drawn again and again, elsewhere a
 * plain line for each new thing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lx_progress_line {
	bool terminal;
	bool quiet;
	bool drawn;       /* there is something on the line */
	char last[256];   /* what was said last, so that plain output does not repeat it */
};

void lx_progress_line_init(struct lx_progress_line *line, bool quiet);
/* stage, then what is known more: message (NULL), percent (-1), elapsed (0). */
void lx_progress_line_show(struct lx_progress_line *line, const char *stage, const char *message, int percent,
			   uint64_t elapsed_usec);
/* Leaves a clean line. */
void lx_progress_line_end(struct lx_progress_line *line);
