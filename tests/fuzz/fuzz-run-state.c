/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any text as the state file of a run; what is accepted is written as a text that reads the same. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "container/container.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(lx_run_state_done) struct lx_run_state state = { 0 }, again = { 0 };
	_cleanup_free_ char *text = strndup((const char *)data, size);
	_cleanup_buf_ struct buf written = BUF_INIT, same = BUF_INIT;
	struct lx_error err = { 0 };

	if (!text)
		return 0;
	if (lx_run_state_parse("state", text, &state, &err) < 0) {
		if (!err.text[0])
			abort();
		return 0;
	}
	lx_run_state_format(&state, &written);
	if (lx_run_state_parse("state", written.data, &again, &err) < 0)
		abort();
	lx_run_state_format(&again, &same);
	if (!str_equal(written.data, same.data) || state.links.n != again.links.n)
		abort();
	return 0;
}
