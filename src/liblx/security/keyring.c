/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session keyring of the container's own: keys of the session that started it are not its business. */
#include <errno.h>

#include "security/security.h"
#include "sys/sys.h"

int lx_keyring_apply(struct lx_error *err)
{
	int r = sys_keyring_join();

	/* no keyrings in this kernel; or a filter over us that refuses them, and then there is nothing to see either */
	if (r == -ENOSYS || r == -EPERM)
		return 0;
	return r < 0 ? lx_error_set(err, r, "make a session keyring") : 0;
}
