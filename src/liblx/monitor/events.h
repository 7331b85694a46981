/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MESSAGE_ID of what happens to containers, in the journal. They are listed in doc/SYSTEMD and explained by
 * config/lx.catalog, and never change. */
#pragma once

#define LX_EVENT_ID_STARTED "3ddc9ff9e7ff44fcb995f4e0353abd81"
#define LX_EVENT_ID_READY "fd2650de94c34504b7e7ab388fb7feba"
#define LX_EVENT_ID_STOPPED "f3636d677b4d4055a6702e82daeed731"
#define LX_EVENT_ID_KILLED "07177707238e4d91a82507f313ba0c24"
#define LX_EVENT_ID_REBOOT "a28ccbbec86c4bc0a65dde94950c1e0d"
#define LX_EVENT_ID_FAILED "1b9525ac517445c3b6f7739b53b92c16"
