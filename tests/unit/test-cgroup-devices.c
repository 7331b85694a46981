/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device rules: the list, its lines on v1, and the program on v2, run by a small machine here. */
#include "unit.h"

#include <sys/sysmacros.h>

#include "base/str.h"
#include "cgroup/device-rules.h"
#include "fake/fake.h"

static struct lx_device_rules build(struct lx_config_device *devices, size_t n)
{
	struct lx_config config = { 0 };
	struct lx_device_rules rules;
	struct lx_error err = { 0 };

	config.devices.items = devices;
	config.devices.n = n;
	assert_done(lx_device_rules_build(&config, &rules, &err), &err);
	return rules;
}

static void test_cgroup_devices_lines(void **state _unused_)
{
	static const struct lx_device_rule null = { 'c', 1, 3, LX_DEVICE_ALL },
					   pts = { 'c', 136, LX_DEVICE_ANY, LX_DEVICE_READ | LX_DEVICE_WRITE },
					   any = { 'b', LX_DEVICE_ANY, LX_DEVICE_ANY, LX_DEVICE_MKNOD };
	char text[LX_DEVICE_LINE_MAX];

	assert_string_equal(lx_device_rule_format(&null, text, sizeof(text)), "c 1:3 rwm");
	assert_string_equal(lx_device_rule_format(&pts, text, sizeof(text)), "c 136:* rw");
	assert_string_equal(lx_device_rule_format(&any, text, sizeof(text)), "b *:* m");
}

static void test_cgroup_devices_adds_sections(void **state _unused_)
{
	struct lx_config_device devices[] = {
		{ .label = (char *)"z", .path = (char *)"/dev/zero", .access = (char *)"r" },
		{ .label = (char *)"n", .path = (char *)"/dev/null" },
	};
	_cleanup_(lx_device_rules_done) struct lx_device_rules rules = build(devices, 2);
	const struct lx_device_rule *last = &rules.list.items[rules.list.n - 1];

	assert_int_equal(rules.list.n, 11);
	assert_int_equal(last->minor, 3);
	assert_int_equal(last->access, LX_DEVICE_ALL);
	assert_int_equal(last[-1].access, LX_DEVICE_READ);
}

static void test_cgroup_devices_refuses_what_is_no_device(void **state _unused_)
{
	struct lx_config_device devices[] = { { .label = (char *)"x", .path = (char *)"/dev/pts" } };
	struct lx_config config = { 0 };
	struct lx_device_rules rules;
	struct lx_error err = { 0 };

	config.devices.items = devices;
	config.devices.n = 1;
	assert_int_equal(lx_device_rules_build(&config, &rules, &err), -ENODEV);
	devices[0].path = (char *)"/dev/lx-no-such-device";
	assert_int_equal(lx_device_rules_build(&config, &rules, &err), -ENOENT);
}

/* Runs the program on one request; fails on anything that it is not made of. */
static unsigned run(const struct lx_device_program *program, char type, unsigned access, unsigned device_major, unsigned device_minor)
{
	const uint32_t context[] = { access << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR), device_major,
				     device_minor };
	uint64_t reg[11] = { 0 };

	for (size_t i = 0; i < program->insns.n; i++) {
		const struct bpf_insn *p = &program->insns.items[i];

		switch (p->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			reg[p->dst_reg] = context[p->off / 4];
			break;
		case BPF_ALU | BPF_MOV | BPF_X:
			reg[p->dst_reg] = (uint32_t)reg[p->src_reg];
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			reg[p->dst_reg] = (uint32_t)reg[p->dst_reg] & (uint32_t)p->imm;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			reg[p->dst_reg] = (uint32_t)reg[p->dst_reg] >> p->imm;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			reg[p->dst_reg] = (uint64_t)(int64_t)p->imm;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			if (reg[p->dst_reg] != (uint64_t)(int64_t)p->imm)
				i += (size_t)p->off;
			break;
		case BPF_JMP | BPF_EXIT:
			return (unsigned)reg[0];
		default:
			fail_msg("instruction %zu has code %#x", i, p->code);
		}
	}
	fail_msg("the program does not end");
	return 0;
}

static void test_cgroup_devices_program_decides(void **state _unused_)
{
	struct lx_config_device devices[] = { { .label = (char *)"z", .path = (char *)"/dev/zero" } };
	_cleanup_(lx_device_rules_done) struct lx_device_rules rules = build(devices, 1);
	struct lx_device_program program;
	struct lx_device_rule *added = vec_add(&rules.list);

	assert_non_null(added);
	*added = (struct lx_device_rule){ 'b', 8, LX_DEVICE_ANY, LX_DEVICE_READ };
	assert_int_equal(lx_device_program_build(&rules, &program), 0);

	assert_int_equal(run(&program, 'c', LX_DEVICE_ALL, 1, 3), 1);
	assert_int_equal(run(&program, 'c', LX_DEVICE_READ, 136, 77), 1);
	assert_int_equal(run(&program, 'b', LX_DEVICE_READ, 1, 3), 0);
	assert_int_equal(run(&program, 'c', LX_DEVICE_READ, 1, 1), 0); /* mem */
	assert_int_equal(run(&program, 'b', LX_DEVICE_READ, 8, 5), 1);
	assert_int_equal(run(&program, 'b', LX_DEVICE_READ | LX_DEVICE_WRITE, 8, 5), 0);
	assert_int_equal(run(&program, 'b', LX_DEVICE_MKNOD, 8, 5), 0);
	assert_int_equal(run(&program, 'c', LX_DEVICE_READ, 10, 229), 0); /* fuse */
	vec_done(&program.insns);
}

static void test_cgroup_devices_empty_list_forbids(void **state _unused_)
{
	const struct lx_device_rules none = { 0 };
	struct lx_device_program program;

	assert_int_equal(lx_device_program_build(&none, &program), 0);
	assert_int_equal(run(&program, 'c', LX_DEVICE_READ, 1, 3), 0);
	vec_done(&program.insns);
}

static void test_cgroup_devices_v2_loads_and_attaches(void **state _unused_)
{
	_cleanup_(lx_device_rules_done) struct lx_device_rules rules = build(NULL, 0);
	struct lx_error err = { 0 };

	fake_reset();
	assert_done(lx_device_bpf_apply(0, &rules, &err), &err);
	assert_int_equal(fake_count("sys_bpf_load_cgroup_device"), 1);
	assert_int_equal(fake_count("sys_bpf_attach_cgroup_device"), 1);

	fake_reset();
	fake_result_always("sys_bpf_load_cgroup_device", -EPERM);
	assert_int_equal(lx_device_bpf_apply(0, &rules, &err), -EPERM);
	assert_int_equal(fake_count("sys_bpf_attach_cgroup_device"), 0);
}

UNIT_MAIN(UNIT(test_cgroup_devices_lines), UNIT(test_cgroup_devices_adds_sections),
	  UNIT(test_cgroup_devices_refuses_what_is_no_device), UNIT(test_cgroup_devices_program_decides),
	  UNIT(test_cgroup_devices_empty_list_forbids), UNIT(test_cgroup_devices_v2_loads_and_attaches))
