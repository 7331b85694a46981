/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx_template_*(): which templates there are, and what they say of themselves. */
#include "base/str.h"
#include "base/strv.h"
#include "image/image.h"

LX_PUBLIC int lx_template_list(char ***ret, struct lx_error *err)
{
	_cleanup_settings_ struct lx_settings *settings = NULL;
	int r;

	r = lx_settings_load(&settings, err);
	return r < 0 ? r : lx_template_names(settings, ret, err);
}

static int template_text(const char *name, const char *verb, char **ret, struct lx_error *err)
{
	_cleanup_settings_ struct lx_settings *settings = NULL;
	_cleanup_lx_template_ struct lx_template template = { 0 };
	int r;

	r = lx_settings_load(&settings, err);
	if (r < 0)
		return r;
	r = lx_template_find(settings, name ? name : settings->defaults.template_name, &template, err);
	return r < 0 ? r : lx_template_text(&template, verb, NULL, ret, err);
}

LX_PUBLIC int lx_template_help(const char *name, char **ret, struct lx_error *err)
{
	return template_text(name, "help", ret, err);
}

LX_PUBLIC int lx_template_words(const char *name, char ***ret, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = template_text(name, "words", &text, err);
	if (r < 0)
		return r;
	return strv_split(text, "\n", ret) < 0 ? lx_error_oom(err) : 0;
}
