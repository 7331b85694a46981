/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small compiler helpers; includes nothing of the project. */
#pragma once

#include <stddef.h>

#define LX_PUBLIC __attribute__((visibility("default")))
#define _printf_(f, a) __attribute__((format(printf, f, a)))
#define _unused_ __attribute__((unused))
#define _noreturn_ __attribute__((noreturn))
/* What a process that only waits runs. The linker puts it together, so that little else is mapped for its sake. */
#define _hot_ __attribute__((hot))

#define array_size(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))
