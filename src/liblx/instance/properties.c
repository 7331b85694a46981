/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/properties.h"

#include <stdio.h>

#include "instance/instance.h"
#include "systemd/unit.h"

/* In the errand. */
static int set_properties(const void *argument, int fd _unused_, struct lx_error *err)
{
	const struct lx_properties *p = argument;
	struct lx_unit_property properties[LX_CGROUP_PROPERTIES_MAX];
	usec_t deadline = time_deadline(LX_PROPERTIES_PATIENCE);
	_cleanup_bus_ struct lx_bus *bus = NULL;
	int r;

	for (size_t i = 0; i < p->list.n; i++) {
		const struct lx_cgroup_property *from = &p->list.items[i];

		/* the largest number is systemd's word for "as if it had never been set" */
		properties[i] = (struct lx_unit_property){ from->name, from->is_set ? from->value : UINT64_MAX };
	}
	r = lx_bus_open(LX_BUS_MANAGER, deadline, &bus, err);
	return r < 0 ? r : lx_unit_set_properties(bus, p->unit, properties, p->list.n, deadline, err);
}

/* Those that are configured, and those that were in an earlier run, which systemd keeps until the host boots. */
static void keep_changes(struct lx_properties *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->list.n; i++)
		if (p->list.items[i].is_set || lx_unit_keeps_property(p->unit, p->list.items[i].name))
			p->list.items[n++] = p->list.items[i];
	p->list.n = n;
}

int lx_properties_begin(struct lx_instance *inst, struct lx_error *err)
{
	struct lx_properties *p = &inst->properties;
	int r;

	*p = (struct lx_properties)LX_PROPERTIES_INIT;
	if (!inst->unit)
		return 0;
	p->unit = inst->unit;
	r = lx_cgroup_properties_build(inst->config, inst->host, &p->list, err);
	if (r < 0)
		return r;
	keep_changes(p);
	return p->list.n > 0 ? lx_errand_start(set_properties, p, -EBADF, &p->errand, err) : 0;
}

/* The keys that were to be set, for the sentence: "cpu.weight, io.weight"; NULL: none was. */
static const char *name_keys(const struct lx_properties *p, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < p->list.n && used < size; i++)
		if (p->list.items[i].is_set)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", p->list.items[i].key);
	return used ? text : NULL;
}

int lx_properties_await(struct lx_instance *inst, struct lx_error *err)
{
	usec_t deadline = time_deadline(LX_PROPERTIES_PATIENCE);
	struct lx_properties *p = &inst->properties;
	char keys[128];
	int r;

	if (p->errand.fd < 0)
		return 0;
	r = lx_instance_await(inst, p->errand.fd, deadline, err);
	if (r < 0)
		return r;
	r = lx_errand_wait(&p->errand, deadline, err);
	lx_errand_end(&p->errand);
	if (r < 0)
		lx_error_prefix(err, "%s of unit %s", name_keys(p, keys, sizeof(keys)) ?: "weights", p->unit);
	return r;
}

void lx_properties_end(struct lx_instance *inst)
{
	lx_errand_end(&inst->properties.errand);
}
