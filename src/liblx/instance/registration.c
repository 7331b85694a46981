/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/registration.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "instance/instance.h"
#include "systemd/bus.h"
#include "systemd/unit.h"

/* ---- in the errand */

struct job {
	const struct lx_machine *machine;   /* what is known of it before there is a leader */
	int bus_fd;                         /* the keeper's, see lx_machine_connect() */
};

static int register_machine(const void *argument, int fd, struct lx_error *err)
{
	const struct job *job = argument;
	usec_t deadline = time_deadline(LX_REGISTRATION_PATIENCE_REQUIRED);
	_cleanup_close_ int leader_fd = -EBADF;
	_cleanup_bus_ struct lx_bus *bus = NULL;
	struct lx_machine machine;
	int r;

	r = lx_machine_open_bus(job->bus_fd, deadline, &bus, err);
	if (r < 0)
		return r;
	lx_machine_wake(bus, job->machine->name, deadline);
	r = lx_errand_hear(fd, &machine, sizeof(machine), &leader_fd, err);
	return r < 0 ? r : lx_machine_register(bus, &machine, leader_fd, deadline, err);
}

static int withdraw(const struct job *job, bool is_ours, struct lx_error *err)
{
	const struct lx_machine *machine = job->machine;
	usec_t deadline = time_deadline(LX_REGISTRATION_PATIENCE_END);
	_cleanup_bus_ struct lx_bus *bus = NULL;
	int r = lx_machine_open_bus(job->bus_fd, deadline, &bus, err);

	if (r < 0)
		return r;
	return is_ours ? lx_machine_unregister(bus, machine->name, deadline, err) : lx_machine_withdraw(bus, machine, deadline, err);
}

static int withdraw_registered(const void *argument, int fd _unused_, struct lx_error *err)
{
	return withdraw(argument, true, err);
}

/* Of a registration that nobody has waited for, or that was lost. */
static int withdraw_uncertain(const void *argument, int fd _unused_, struct lx_error *err)
{
	return withdraw(argument, false, err);
}

/* ---- the monitor's side */

static bool is_required(const struct lx_instance *inst)
{
	return str_equal(inst->config->machine.registration, "yes");
}

const char *lx_registration_obstacle(const struct lx_instance *inst)
{
	if (!inst->host->systemd)
		return "systemd is not the init of this host";
	if (inst->host->rootless && !lx_unit_exists(LX_MACHINED_UNIT))
		return "the user's own systemd has no systemd-machined, which is there from release 259 on";
	if (!inst->unit)
		return "the container is not in a unit of systemd; see [systemd] units in lx.conf(5)";
	return NULL;
}

/* Once in a run, and nothing where it could not be otherwise. */
static int refuse(const struct lx_instance *inst, const char *reason, struct lx_error *err)
{
	if (is_required(inst))
		return lx_error_say(err, -EOPNOTSUPP, "[machine] register = yes, but %s", reason);
	if (inst->host->systemd && !inst->host->rootless)
		log_notice("not registered with systemd-machined: %s", reason);
	return 0;
}

/* ---- the errand from outside */

static int start_errand(struct lx_instance *inst, lx_errand_fn fn, struct lx_error *err)
{
	struct lx_registration *reg = &inst->registration;
	_cleanup_close_ int bus_fd = lx_machine_connect();
	const struct job job = { .machine = &reg->machine, .bus_fd = bus_fd };

	lx_errand_end(&reg->errand);
	return lx_errand_start(fn, &job, bus_fd, &reg->errand, err);
}

int lx_registration_begin(struct lx_instance *inst, struct lx_error *err)
{
	struct lx_registration *reg = &inst->registration;
	struct lx_error error = { 0 };
	const char *obstacle;
	int r;

	*reg = (struct lx_registration)LX_REGISTRATION_INIT;
	if (str_equal(inst->config->machine.registration, "no"))
		return 0;
	obstacle = lx_registration_obstacle(inst);
	if (obstacle)
		return refuse(inst, obstacle, err);

	r = lx_machine_name(inst->plan->run_id, reg->machine.name, &error);
	if (r < 0)
		return refuse(inst, error.text, err);
	snprintf(reg->machine.unit, sizeof(reg->machine.unit), "%s", inst->unit);
	reg->wanted = true;
	return start_errand(inst, register_machine, err);
}

/* "8b1f9a52-4f6c-..." as bytes. */
static void parse_uuid(const char *text, uint8_t ret[static 16])
{
	for (size_t i = 0; i < 16; i++, text += 2) {
		unsigned byte = 0;

		text += *text == '-';
		(void)sscanf(text, "%2x", &byte);
		ret[i] = (uint8_t)byte;
	}
}

static void describe(const struct lx_instance *inst, struct lx_machine *machine)
{
	machine->leader = inst->init_pid;
	parse_uuid(inst->plan->uuid, machine->id);
	/* an overlay has no path on the host */
	if (inst->storage.driver == &lx_storage_dir && strlen(inst->storage.source) < sizeof(machine->root))
		strcpy(machine->root, inst->storage.source);

	machine->n_links = 0;
	vec_for_each(link, &inst->plan->links.list) {
		int index = link->host_index;

		if (index == 0 && link->host_name && link->host_name[0])
			index = sys_link_index(link->host_name);
		if (index > 0 && machine->n_links < LX_MACHINE_LINKS_MAX)
			machine->links[machine->n_links++] = index;
	}
}

/* Why something cannot be told any more is the result. */
int lx_registration_tell(struct lx_instance *inst, struct lx_error *err _unused_)
{
	struct lx_registration *reg = &inst->registration;
	struct lx_error ignored = { 0 };

	if (!reg->wanted)
		return 0;
	describe(inst, &reg->machine);
	reg->told = true;
	(void)lx_errand_tell(&reg->errand, &reg->machine, sizeof(reg->machine), inst->init_pidfd, &ignored);
	return 0;
}

void lx_registration_finish(struct lx_instance *inst, usec_t deadline)
{
	struct lx_registration *reg = &inst->registration;

	lx_error_clear(&reg->failure);
	reg->done = lx_errand_wait(&reg->errand, deadline, &reg->failure) >= 0;
	lx_errand_end(&reg->errand);
}

int lx_registration_await(struct lx_instance *inst, struct lx_error *err)
{
	struct lx_registration *reg = &inst->registration;
	usec_t deadline = time_deadline(is_required(inst) ? LX_REGISTRATION_PATIENCE_REQUIRED : LX_REGISTRATION_PATIENCE);
	int r;

	if (!reg->wanted)
		return 0;
	r = lx_instance_await(inst, reg->errand.fd, deadline, err);
	if (r < 0)
		return r;
	lx_registration_finish(inst, deadline);
	if (reg->done)
		log_info("registered as machine %s", reg->machine.name);
	else if (!is_required(inst))
		log_notice("not registered with systemd-machined: %s", reg->failure.text);
	if (reg->done || !is_required(inst))
		return 0;

	lx_error_copy(err, &reg->failure);
	lx_error_advise(err, "[machine] register = auto does without");
	return reg->failure.code;
}

int lx_registration_renew(struct lx_instance *inst, struct lx_error *err)
{
	int r = start_errand(inst, register_machine, err);

	inst->registration.done = false;
	return r < 0 ? r : lx_registration_tell(inst, err);
}

/* First of all, while the rest of the run is taken down. Somebody else's entry is not touched. */
void lx_registration_withdraw(struct lx_instance *inst)
{
	struct lx_registration *reg = &inst->registration;
	struct lx_error error = { 0 };

	if (!reg->told || reg->leaving)
		return;
	reg->leaving = true;
	if (start_errand(inst, reg->done ? withdraw_registered : withdraw_uncertain, &error) < 0)
		log_warn("%s", error.text);
}

void lx_registration_end(struct lx_instance *inst)
{
	struct lx_registration *reg = &inst->registration;
	struct lx_error error = { 0 };

	if (reg->leaving && lx_errand_wait(&reg->errand, time_deadline(LX_REGISTRATION_PATIENCE_END), &error) < 0)
		log_debug("unregister from systemd-machined: %s", error.text);
	lx_errand_end(&reg->errand);
	*reg = (struct lx_registration)LX_REGISTRATION_INIT;
}
