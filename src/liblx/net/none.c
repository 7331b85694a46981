/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* none: no network namespace of its own; the container uses the host's network. */
#include "net/net.h"

const struct lx_net_driver lx_net_none = {
	.name = "none",
};
