/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A short, stable hash for derived names; not for anything that an attacker may choose freely. */
#pragma once

#include <stdint.h>

#define HASH_INIT 0xcbf29ce484222325ULL

/* FNV-1a, 64 bits, of the word and the NUL after it; chain by handing the result on. */
static inline uint64_t hash_word(uint64_t hash, const char *word)
{
	do {
		hash ^= (unsigned char)*word;
		hash *= 0x100000001b3ULL;
	} while (*word++);

	return hash;
}
