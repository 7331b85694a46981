/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A shared library that is loaded when the first of its functions is wanted: most executions do without it, and one that is linked
 * costs each of them. What is used of it is listed once; the functions are the members of a struct that has no others:
 *
 *     #define FUNCTIONS(X) X(cap_from_name) X(cap_free)
 *     static struct { FUNCTIONS(LIBRARY_MEMBER) } cap;
 *     static const char *const functions[] = { FUNCTIONS(LIBRARY_NAME) };
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

#define LIBRARY_MEMBER(name) __typeof__(name) *name;
#define LIBRARY_NAME(name) #name,

/* Loads file, once, and sets the n members of functions. It stays loaded. Not for a process whose files are a guest's: the library
 * would be the guest's as well. -EOPNOTSUPP: it is not there, or lacks a function. */
int library_load(const char *file, const char *const *names, size_t n, void *functions, struct lx_error *err);
