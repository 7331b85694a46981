/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ownership by attribute: what a local owns is released when it goes out of scope; take_*() moves it on. */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)
#define _cleanup_fclose_ _cleanup_(cleanup_fclose)
#define _cleanup_closedir_ _cleanup_(cleanup_closedir)

/* Defines func##p(), the form that the cleanup attribute calls, for a function that frees a pointer and accepts NULL. */
#define DEFINE_CLEANUP(type, func)             \
	static inline void func##p(type *p)    \
	{                                      \
		if (*p)                        \
			func(*p);              \
	}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

/* Closes a descriptor without touching errno; negative means "none". Returns -EBADF, so that x = close_fd(x) forgets it. */
static inline int close_fd(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return -EBADF;
}

static inline void cleanup_close(int *fd)
{
	close_fd(*fd);
}

static inline void cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define take_ptr(p)                         \
	({                                  \
		__typeof__(p) *_p = &(p);   \
		__typeof__(p) _v = *_p;     \
		*_p = NULL;                 \
		_v;                         \
	})

static inline int take_fd(int *fd)
{
	int r = *fd;

	*fd = -EBADF;
	return r;
}
