/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows that lx-start and lx-execute share: both begin a run. */
#pragma once

#include "option.h"

#define RUN_SHARE_ROW(s, namespace_, what)                                                              \
	{ 0, "share-" namespace_, .argument = "NAME|PID", .kind = LX_OPTION_LIST, .offset = offsetof(s, share), \
	  .prefix = namespace_, .complete = LX_COMPLETE_ACTIVE,                                         \
	  .doc = "Use the " what " namespace of this container or process in place of an own one." }

#define RUN_ROWS(s)                                                                                             \
	{ 'f', "rcfile", .argument = "FILE", .kind = LX_OPTION_TEXT, .offset = offsetof(s, common.rcfile),      \
	  .complete = LX_COMPLETE_FILE, .doc = "Read this file in place of the container's own configuration." }, \
	{ 's', "define", .argument = "KEY=VALUE", .kind = LX_OPTION_LIST, .offset = offsetof(s, common.define),  \
	  .complete = LX_COMPLETE_KEY,                                                                          \
	  .doc = "Lay a value over the configuration for this run: section.key=value or section.label.key=value." }, \
	RUN_SHARE_ROW(s, "net", "network"),                                                                     \
	RUN_SHARE_ROW(s, "ipc", "IPC"),                                                                         \
	RUN_SHARE_ROW(s, "uts", "UTS"),                                                                         \
	RUN_SHARE_ROW(s, "pid", "PID")
