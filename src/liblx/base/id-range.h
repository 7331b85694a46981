/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Users or groups that have other numbers inside a user namespace, as the kernel's uid_map and gid_map say it. */
#pragma once

#include <stdint.h>

#include "base/vec.h"

struct id_range {
	uint32_t inside, outside, size;
};
typedef VEC(struct id_range) id_ranges;
