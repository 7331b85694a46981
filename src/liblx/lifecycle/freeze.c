/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "monitor/client.h"

static int ask(struct lx_container *c, enum lx_message request, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	int r = lx_monitor_connect(c, &fd, err);

	return r < 0 ? r : lx_monitor_call(c, fd, request, NULL, NULL, err);
}

LX_PUBLIC int lx_freeze(struct lx_container *c, struct lx_error *err)
{
	return ask(c, LX_REQUEST_FREEZE, err);
}

LX_PUBLIC int lx_unfreeze(struct lx_container *c, struct lx_error *err)
{
	return ask(c, LX_REQUEST_UNFREEZE, err);
}
