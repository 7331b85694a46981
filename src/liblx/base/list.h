/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Intrusive doubly linked list: the head and every member hold a struct list. */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_append(struct list *head, struct list *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

static inline void list_remove(struct list *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

#define list_for_each(l, head) for (struct list *l = (head)->next; l != (head); l = l->next)
/* The body may remove l. */
#define list_for_each_safe(l, head) \
	for (struct list *l = (head)->next, *_n_##l = l->next; l != (head); l = _n_##l, _n_##l = l->next)
