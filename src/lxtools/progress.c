/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"

#include "progress.h"

void lx_progress_line_init(struct lx_progress_line *line, bool quiet)
{
	*line = (struct lx_progress_line){
		.terminal = isatty(STDERR_FILENO),
		.quiet = quiet,
	};
}

static int terminal_width(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* At most so many bytes, without a part of a character of UTF-8 at the end. */
static int whole_characters(const char *text, int max)
{
	int n = (int)strnlen(text, (size_t)max);

	while (n > 0 && (text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* Everything on one line, cut at the terminal's width: a line that wraps cannot be drawn over. */
static void draw(const char *what, int percent, uint64_t elapsed_usec)
{
	unsigned long seconds = elapsed_usec / USEC_PER_SEC;
	char tail[48], portion[16] = "";
	int length;

	if (percent >= 0)
		snprintf(portion, sizeof(portion), " %3d%%", percent);
	length = snprintf(tail, sizeof(tail), "%s  %lu:%02lu", portion, seconds / 60, seconds % 60);
	fprintf(stderr, "\r\033[K%.*s%s", whole_characters(what, MAX_OF(terminal_width() - length - 1, 0)), what, tail);
	fflush(stderr);
}

void lx_progress_line_show(struct lx_progress_line *line, const char *stage, const char *message, int percent,
			   uint64_t elapsed_usec)
{
	char what[sizeof(line->last)];

	if (line->quiet)
		return;
	snprintf(what, sizeof(what), "%s%s%s", stage, message ? ": " : "", message ?: "");
	str_printable(what);
	if (line->terminal) {
		draw(what, percent, elapsed_usec);
		line->drawn = true;
	} else if (!str_equal(what, line->last)) {
		fprintf(stderr, "%s\n", what);
	}
	memcpy(line->last, what, sizeof(what));
}

void lx_progress_line_end(struct lx_progress_line *line)
{
	if (line->drawn)
		fputs("\r\033[K", stderr);
	line->drawn = false;
}
