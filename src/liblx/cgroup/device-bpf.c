/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Device rules on v2: a small program at the payload's group that the kernel asks at every open and mknod. It compares the
 * request with each rule in turn and answers 1 (allowed) at the first that covers all of it; the guest may put further
 * programs below, which can only forbid more.
 *
 *     r2 type, r3 access, r4 major, r5 minor
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "cgroup/device-rules.h"
#include "sys/sys.h"

static int add(struct lx_device_program *program, int code, int to, int from, int offset, int value)
{
	struct bpf_insn *insn = vec_add(&program->insns);

	if (!insn)
		return -ENOMEM;
	insn->code = (uint8_t)code;
	insn->dst_reg = (uint8_t)(to & 0xf);
	insn->src_reg = (uint8_t)(from & 0xf);
	insn->off = (int16_t)offset;
	insn->imm = value;
	return 0;
}

static int add_load(struct lx_device_program *program, int to, size_t offset)
{
	return add(program, BPF_LDX | BPF_MEM | BPF_W, to, BPF_REG_1, (int)offset, 0);
}

static int add_prologue(struct lx_device_program *program)
{
	/* access_type is access << 16 | type */
	return add_load(program, BPF_REG_2, offsetof(struct bpf_cgroup_dev_ctx, access_type)) < 0 ||
			       add(program, BPF_ALU | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_2, 0, 0) < 0 ||
			       add(program, BPF_ALU | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff) < 0 ||
			       add(program, BPF_ALU | BPF_RSH | BPF_K, BPF_REG_3, 0, 0, 16) < 0 ||
			       add_load(program, BPF_REG_4, offsetof(struct bpf_cgroup_dev_ctx, major)) < 0 ||
			       add_load(program, BPF_REG_5, offsetof(struct bpf_cgroup_dev_ctx, minor)) < 0 ?
		       -ENOMEM :
		       0;
}

/* A jump over the rest of the rule; its distance is filled in when the rule is complete. */
static int add_unless_equal(struct lx_device_program *program, int reg, int value)
{
	return add(program, BPF_JMP | BPF_JNE | BPF_K, reg, 0, 0, value);
}

static int add_exit(struct lx_device_program *program, int answer)
{
	int r = add(program, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, answer);

	return r < 0 ? r : add(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int add_tests(struct lx_device_program *program, const struct lx_device_rule *rule)
{
	int r;

	r = add_unless_equal(program, BPF_REG_2, rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (r < 0)
		return r;
	if (rule->access != LX_DEVICE_ALL) {
		/* nothing may be asked for that the rule does not name */
		r = add(program, BPF_ALU | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_3, 0, 0);
		if (r >= 0)
			r = add(program, BPF_ALU | BPF_AND | BPF_K, BPF_REG_1, 0, 0, (int)(LX_DEVICE_ALL & ~rule->access));
		if (r >= 0)
			r = add_unless_equal(program, BPF_REG_1, 0);
		if (r < 0)
			return r;
	}
	if (rule->major != LX_DEVICE_ANY) {
		r = add_unless_equal(program, BPF_REG_4, rule->major);
		if (r < 0)
			return r;
	}
	if (rule->minor != LX_DEVICE_ANY)
		return add_unless_equal(program, BPF_REG_5, rule->minor);
	return 0;
}

static int add_rule(struct lx_device_program *program, const struct lx_device_rule *rule)
{
	size_t first = program->insns.n;
	int r;

	r = add_tests(program, rule);
	if (r >= 0)
		r = add_exit(program, 1);
	if (r < 0)
		return r;

	for (size_t i = first; i < program->insns.n; i++) {
		struct bpf_insn *insn = &program->insns.items[i];

		if (insn->code == (BPF_JMP | BPF_JNE | BPF_K))
			insn->off = (int16_t)(program->insns.n - i - 1);
	}
	return 0;
}

static void program_done(struct lx_device_program *program)
{
	vec_done(&program->insns);
}

int lx_device_program_build(const struct lx_device_rules *rules, struct lx_device_program *ret)
{
	_cleanup_(program_done) struct lx_device_program program = { 0 };
	int r;

	r = add_prologue(&program);
	if (r < 0)
		return r;
	vec_for_each(rule, &rules->list) {
		r = add_rule(&program, rule);
		if (r < 0)
			return r;
	}
	r = add_exit(&program, 0);
	if (r < 0)
		return r;

	*ret = program;
	program = (struct lx_device_program){ 0 };
	return 0;
}

int lx_device_bpf_apply(int group_fd, const struct lx_device_rules *rules, struct lx_error *err)
{
	_cleanup_(program_done) struct lx_device_program program = { 0 };
	_cleanup_close_ int program_fd = -EBADF;
	char log[256];
	int r;

	r = lx_device_program_build(rules, &program);
	if (r < 0)
		return lx_error_oom(err);

	program_fd = sys_bpf_load_cgroup_device(program.insns.items, program.insns.n, NULL, 0);
	if (program_fd < 0) {
		/* once more, for what the verifier has to say */
		r = sys_bpf_load_cgroup_device(program.insns.items, program.insns.n, log, sizeof(log));
		close_fd(r);
		lx_error_set(err, program_fd, "load the device rules");
		if (log[0])
			lx_error_advise(err, "%s", log);
		return program_fd;
	}

	r = sys_bpf_attach_cgroup_device(group_fd, program_fd);
	if (r < 0)
		return lx_error_set(err, r, "attach the device rules");
	return 0;
}
