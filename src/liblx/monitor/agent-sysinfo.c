/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sysinfo(2) as the container's control groups and its init have it. What they do not count stays the host's. */
#include "monitor/agent.h"

#include <errno.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/container.h"

/* struct sysinfo of instruction sets with words of 32 bits. */
struct narrow {
	int32_t uptime;
	uint32_t loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	uint16_t procs, pad;
	uint32_t totalhigh, freehigh, mem_unit;
	char fill[8];
};
_Static_assert(sizeof(struct narrow) == 64, "what the kernel writes for 32-bit programs");

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void limit_memory(const struct lx_usage *usage, struct sysinfo *info)
{
	uint64_t total = (uint64_t)info->totalram * info->mem_unit, free = (uint64_t)info->freeram * info->mem_unit;

	if (usage->memory_max_bytes < total) {
		total = usage->memory_max_bytes;
		info->bufferram = 0; /* of the whole host, and more than there is now */
		info->sharedram = 0;
	}
	if (usage->memory_bytes != UINT64_MAX && less(total, usage->memory_bytes) < free)
		free = less(total, usage->memory_bytes);
	if (free > total)
		free = total;
	info->totalram = (unsigned long)(total / info->mem_unit);
	info->freeram = (unsigned long)(free / info->mem_unit);
}

static void limit_swap(const struct lx_usage *usage, struct sysinfo *info)
{
	uint64_t total = (uint64_t)info->totalswap * info->mem_unit, free = (uint64_t)info->freeswap * info->mem_unit;

	if (usage->swap_max_bytes < total)
		total = usage->swap_max_bytes;
	if (usage->swap_bytes != UINT64_MAX && less(total, usage->swap_bytes) < free)
		free = less(total, usage->swap_bytes);
	if (free > total)
		free = total;
	info->totalswap = (unsigned long)(total / info->mem_unit);
	info->freeswap = (unsigned long)(free / info->mem_unit);
}

static void count_from_start(const struct lx_agent_self *self, struct sysinfo *info)
{
	uint64_t ticks, begin;

	if (lx_process_start_ticks(self->orders->init_pid, &ticks) < 0)
		return;
	begin = ticks / (uint64_t)sysconf(_SC_CLK_TCK);
	if (begin < (uint64_t)info->uptime)
		info->uptime -= (long)begin;
}

/* Larger units until everything fits, as the kernel does it. */
static struct narrow narrow_down(const struct sysinfo *info)
{
	uint64_t unit = info->mem_unit, most = info->totalram > info->totalswap ? info->totalram : info->totalswap;
	unsigned shift = 0;

	while (most >> shift > UINT32_MAX)
		shift++;
	return (struct narrow){
		.uptime = (int32_t)info->uptime,
		.loads = { (uint32_t)info->loads[0], (uint32_t)info->loads[1], (uint32_t)info->loads[2] },
		.totalram = (uint32_t)(info->totalram >> shift),
		.freeram = (uint32_t)(info->freeram >> shift),
		.sharedram = (uint32_t)(info->sharedram >> shift),
		.bufferram = (uint32_t)(info->bufferram >> shift),
		.totalswap = (uint32_t)(info->totalswap >> shift),
		.freeswap = (uint32_t)(info->freeswap >> shift),
		.procs = info->procs,
		.mem_unit = (uint32_t)(unit << shift),
	};
}

int lx_answer_sysinfo(const struct lx_agent_self *self, const struct lx_caller *c)
{
	uint64_t address = lx_caller_pointer(c, 0);
	struct lx_usage usage;
	struct sysinfo info;
	struct narrow narrow;
	int r;

	if (sysinfo(&info) < 0)
		return -errno;
	memset(&usage, 0xff, sizeof(usage));
	r = self->orders->cgroup ? lx_cgroup_usage(self->orders->cgroup, &usage, NULL) : 0;
	if (r < 0)
		return r;
	limit_memory(&usage, &info);
	limit_swap(&usage, &info);
	count_from_start(self, &info);
	if (usage.pids != UINT64_MAX)
		info.procs = usage.pids < UINT16_MAX ? (unsigned short)usage.pids : UINT16_MAX;

	if (c->wide)
		return lx_caller_write(c, address, &info, sizeof(info));
	narrow = narrow_down(&info);
	return lx_caller_write(c, address, &narrow, sizeof(narrow));
}
