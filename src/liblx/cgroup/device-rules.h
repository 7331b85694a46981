/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices a container may use: one list, applied in two ways (v1 files, a BPF program on v2). */
#pragma once

#include <linux/bpf.h>

#include "base/error.h"
#include "base/vec.h"
#include "config/config.h"

enum {
	LX_DEVICE_MKNOD = BPF_DEVCG_ACC_MKNOD,
	LX_DEVICE_READ = BPF_DEVCG_ACC_READ,
	LX_DEVICE_WRITE = BPF_DEVCG_ACC_WRITE,
};
#define LX_DEVICE_ALL (LX_DEVICE_MKNOD | LX_DEVICE_READ | LX_DEVICE_WRITE)
#define LX_DEVICE_ANY (-1)

/* What is allowed; all else is not. */
struct lx_device_rule {
	char type;              /* 'b' or 'c' */
	int major, minor;       /* LX_DEVICE_ANY */
	unsigned access;        /* LX_DEVICE_* */
};
struct lx_device_rules {
	VEC(struct lx_device_rule) list;
};
/* The nodes that every container has, plus [device] sections, whose nodes are looked at. */
int lx_device_rules_build(const struct lx_config *config, struct lx_device_rules *ret, struct lx_error *err);
void lx_device_rules_done(struct lx_device_rules *rules);

/* device-v1.c: the line for devices.allow: "c 1:3 rwm". Returns text. */
#define LX_DEVICE_LINE_MAX 40
char *lx_device_rule_format(const struct lx_device_rule *rule, char *text, size_t size);
int lx_device_v1_apply(int group_fd, const struct lx_device_rules *rules, struct lx_error *err);

/* device-bpf.c */
struct lx_device_program {
	VEC(struct bpf_insn) insns;
};
/* Pure. -ENOMEM. */
int lx_device_program_build(const struct lx_device_rules *rules, struct lx_device_program *ret);
int lx_device_bpf_apply(int group_fd, const struct lx_device_rules *rules, struct lx_error *err);
