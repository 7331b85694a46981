/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was read of a program to start it stays mapped, and counts as its memory, until something else needs the page. Segments
 * that cannot be written to hold nothing but the file, so their pages can go at any time; what is relocated is in others.
 */
#include "base/memory.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/macro.h"

_hot_ static int forget_segments(struct dl_phdr_info *info, size_t size _unused_, void *userdata _unused_)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t from = (info->dlpi_addr + p->p_vaddr) & ~(page - 1);

		if (p->p_type == PT_LOAD && !(p->p_flags & PF_W))
			(void)madvise((void *)from, info->dlpi_addr + p->p_vaddr + p->p_memsz - from, MADV_DONTNEED);
	}
	return 0;
}

_hot_ void memory_give_back(void)
{
	(void)malloc_trim(0);
	(void)dl_iterate_phdr(forget_segments, NULL);
}
