/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that a process which is set up, and only waits from now on, can do without. */
#pragma once

/* Gives free heap back, and the pages of programs and libraries: those that are used again are still in the page cache. */
void memory_give_back(void);
