/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One program for all commands: the name it was called by ("lx-start"), or the first word ("lx start"), says which.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"

#include "command.h"

static void print_overview(FILE *out)
{
	fputs("Usage: lx COMMAND [OPTION...] [NAME]\nlx: system containers.\n\nCommands:\n", out);
	for (const struct lx_command *const *c = lx_commands; *c; c++)
		if (!(*c)->hidden)
			fprintf(out, "  %-14s%s\n", lx_command_verb(*c), (*c)->summary);
	fputs("\n\"lx help COMMAND\" and \"lx COMMAND --help\" show the options of one; lx(1) is the manual.\n", out);
}

static int fail_unknown(const char *word)
{
	const char *verbs[64] = { NULL }, *nearest;
	size_t n = 0;

	for (const struct lx_command *const *c = lx_commands; *c && n + 1 < array_size(verbs); c++)
		if (!(*c)->hidden)
			verbs[n++] = lx_command_verb(*c);

	nearest = str_nearest(word, verbs);
	fprintf(stderr, "lx: there is no command \"%s\"", word);
	if (nearest)
		fprintf(stderr, "; did you mean %s?", nearest);
	fputs("; see lx help\n", stderr);
	return EXIT_FAILURE;
}

static int finish(void)
{
	if (fflush(stdout) == 0)
		return EXIT_SUCCESS;

	fprintf(stderr, "lx: write to standard output: %m\n");
	return EXIT_FAILURE;
}

static int help(char *word)
{
	const struct lx_command *command = word ? lx_command_find(word) : NULL;
	char option[] = "--help", *line[] = { word, option, NULL };

	if (command)
		return lx_command_run(command, 2, line);
	if (word)
		return fail_unknown(word);

	print_overview(stdout);
	return finish();
}

/* "lx" itself: its first word is an option of its own or a command. */
static int run_front(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	const struct lx_command *command;

	if (!word) {
		print_overview(stderr);
		return EXIT_FAILURE;
	}
	if (str_equal(word, "help") || str_equal(word, "--help") || str_equal(word, "-h") || str_equal(word, "-?"))
		return help(argv[2]);
	if (str_equal(word, "--version")) {
		printf("%s\n", lx_version());
		return finish();
	}

	command = lx_command_find(word);
	if (!command)
		return fail_unknown(word);
	return lx_command_run(command, argc - 1, argv + 1);
}

/* A caller may have closed them: then no lock or log of ours must become standard output. Writing to it still fails. */
static void reserve_standard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", O_RDONLY);
}

int main(int argc, char **argv)
{
	const struct lx_command *command = NULL;

	reserve_standard_streams();
	if (argc > 0 && str_after(program_invocation_short_name, "lx-"))
		command = lx_command_find(program_invocation_short_name);

	return command ? lx_command_run(command, argc, argv) : run_front(argc, argv);
}
