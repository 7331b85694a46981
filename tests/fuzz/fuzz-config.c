/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any text as a configuration file: it is read, checked, written, and what was written must read back to the same; then one
 * key is set in the text, which must have that value afterwards.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "config/config.h"
#include "config/read.h"
#include "fuzz.h"
#include "unit/config-text.h"

#define NOWHERE "/nonexistent/config"

static struct lx_config *read_text(const char *text, char ***problems)
{
	struct lx_read options = { .file = NOWHERE, .text = text, .problems = problems };
	void *config = NULL;

	return lx_schema_read(&lx_schema_container, &options, &config, NULL) < 0 ? NULL : config;
}

static void check_written(const struct lx_config *config)
{
	_cleanup_config_ struct lx_config *again = NULL;
	_cleanup_free_ char *text = NULL, *same = NULL;

	text = config_text(config);
	if (!text)
		abort();
	again = read_text(text, NULL);
	same = again ? config_text(again) : NULL;
	if (!same || strcmp(text, same) != 0)
		abort();
}

static void check_edit(const char *text)
{
	_cleanup_config_ struct lx_config *config = NULL;
	_cleanup_free_ char *edited = NULL;

	if (lx_config_edit_text(NOWHERE, text, "container.description", "a ; b", LX_CONFIG_SET, &edited, NULL) < 0)
		return;
	config = read_text(edited, NULL);
	if (config && !str_equal(config->container.description, "a ; b"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_config_ struct lx_config *config = NULL, *strict = NULL;
	_cleanup_free_ char *text = strndup((const char *)data, size);
	_cleanup_strv_ char **problems = NULL;

	if (!text)
		return 0;
	config = read_text(text, &problems);
	if (config)
		(void)lx_config_verify(config, &problems, NULL);
	strict = read_text(text, NULL);
	if (strict) {
		check_written(strict);
		check_edit(text);
	}
	return 0;
}
