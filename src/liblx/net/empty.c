/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* empty: a network namespace of its own with nothing in it but lo. */
#include "net/net.h"

const struct lx_net_driver lx_net_empty = {
	.name = "empty",
	.own_namespace = true,
};
