/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state that hooks read, with any bytes in its texts: always one JSON object on one line. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "hook/hook-env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size), *state = NULL;
	struct lx_hook_facts facts = { .name = text, .directory = text, .config_file = text, .root_path = text, .state = text };
	json_t *object;

	if (!text)
		return 0;
	state = lx_hook_state(LX_HOOK_START, &facts);
	if (!state || strchr(state, '\n') != state + strlen(state) - 1)
		abort();
	object = json_loads(state, 0, NULL);
	if (!json_is_object(object) || !json_is_object(json_object_get(object, "lx")))
		abort();
	if (json_object_get(object, "id") && strcmp(json_string_value(json_object_get(object, "id")), text) != 0)
		abort();
	json_decref(object);
	return 0;
}
