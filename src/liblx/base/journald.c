/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/journald.h"

#include <stdint.h>
#include <string.h>

static void put(struct journald_message *m, const void *data, size_t size)
{
	memcpy(m->data + m->size, data, size);
	m->size += size;
}

static void put_size(struct journald_message *m, uint64_t size)
{
	for (int i = 0; i < 64; i += 8)
		m->data[m->size++] = (char)(size >> i);
}

void journald_add(struct journald_message *m, const char *name, const char *value)
{
	size_t n_name = strlen(name), n_value = strlen(value);

	/* name, "\n", length, value, "\n": the longer form */
	if (n_value > sizeof(m->data) || n_name + n_value + 10 > sizeof(m->data) - m->size)
		return;

	put(m, name, n_name);
	/* A line end in a value would begin another field. */
	if (memchr(value, '\n', n_value)) {
		put(m, "\n", 1);
		put_size(m, n_value);
	} else {
		put(m, "=", 1);
	}
	put(m, value, n_value);
	put(m, "\n", 1);
}
