/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths as text; nothing here looks at the file system. */
#pragma once

#include <stdbool.h>

/* a + "/" + b without a double slash; new memory. */
char *path_join(const char *a, const char *b);
bool path_is_absolute(const char *p);
/* Neither empty, nor "//", nor a "." or ".." component: what we are willing to store. */
bool path_is_normal(const char *p);
const char *path_basename(const char *p);
