/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of security modules, and what is the same for all of them. */
#include "security/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

const struct lx_lsm_driver *const lx_lsm_drivers[LX_LSM_MAX] = {
	[LX_LSM_APPARMOR] = &lx_lsm_apparmor,
	[LX_LSM_SELINUX] = &lx_lsm_selinux,
};

bool lx_lsm_wants_level(const struct lx_config *config, const struct lx_host *host)
{
	const char *wish = config->security.selinux;

	/* users have no place in common where they could be kept apart */
	return lx_lsm_selinux.built && host->selinux && host->selinux_process[0] && !host->rootless && (!wish || str_equal(wish, "auto"));
}

void lx_lsm_init(struct lx_lsm *lsm)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++)
		lsm->parts[i] = (struct lx_lsm_part)LX_LSM_PART_INIT;
}

void lx_lsm_done(struct lx_lsm *lsm)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		struct lx_lsm_part *part = &lsm->parts[i];

		free(part->label);
		free(part->policy_name);
		free(part->policy);
		free(part->mount_context);
		close_fd(part->attr_fd);
	}
	lx_lsm_init(lsm);
}

int lx_lsm_build(const struct lx_lsm_facts *facts, struct lx_lsm *ret, struct lx_error *err)
{
	lx_lsm_init(ret);
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		int r = lx_lsm_drivers[i]->build(facts, &ret->parts[i], err);

		if (r < 0) {
			lx_lsm_done(ret);
			return r;
		}
	}

	return 0;
}

const char *lx_lsm_mount_context(const struct lx_lsm *lsm)
{
	return lsm->parts[LX_LSM_SELINUX].mount_context;
}

void lx_lsm_print(const struct lx_lsm *lsm, struct buf *out)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++)
		if (lsm->parts[i].label)
			buf_addf(out, "%s label %s\n", lx_lsm_drivers[i]->name, lsm->parts[i].label);
	if (lx_lsm_mount_context(lsm))
		buf_addf(out, "SELinux label of mounts %s\n", lx_lsm_mount_context(lsm));
}

static bool is_used(const struct lx_lsm_part *part)
{
	return part->label || part->mount_context;
}

int lx_lsm_check(const struct lx_lsm *lsm, struct lx_error *err)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		const struct lx_lsm_part *part = &lsm->parts[i];
		int r = is_used(part) && lx_lsm_drivers[i]->check ? lx_lsm_drivers[i]->check(part, err) : 0;

		if (r < 0) {
			lx_error_prefix(err, "%s", lx_lsm_drivers[i]->name);
			return r;
		}
	}

	return 0;
}

int lx_lsm_check_root(const struct lx_lsm *lsm, int root_fd, const char *path, struct lx_error *err)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		const struct lx_lsm_part *part = &lsm->parts[i];
		int r = part->label && lx_lsm_drivers[i]->check_root ? lx_lsm_drivers[i]->check_root(part, root_fd, path, err) : 0;

		if (r < 0) {
			lx_error_prefix(err, "%s", lx_lsm_drivers[i]->name);
			return r;
		}
	}

	return 0;
}

int lx_lsm_load(const struct lx_lsm *lsm, const struct lx_settings *settings, struct lx_error *err)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		const struct lx_lsm_part *part = &lsm->parts[i];
		int r = is_used(part) && lx_lsm_drivers[i]->load ? lx_lsm_drivers[i]->load(part, settings, err) : 0;

		if (r < 0) {
			lx_error_prefix(err, "%s", lx_lsm_drivers[i]->name);
			return r;
		}
	}

	return 0;
}

int lx_lsm_journal_name(const struct lx_lsm *lsm, size_t part, char **ret)
{
	const char *name = lsm->parts[part].policy_name;

	*ret = name ? str_format("%s:%s", lx_lsm_drivers[part]->word, name) : NULL;
	return name && !*ret ? -ENOMEM : 0;
}

int lx_lsm_unload(const char *journal_name, struct lx_error *err)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		const struct lx_lsm_driver *driver = lx_lsm_drivers[i];
		const char *rest = str_after(journal_name, driver->word);

		if (!rest || *rest != ':')
			continue;
		/* of an earlier lx that was built with it: without the module's help nothing can be done */
		return driver->unload ? driver->unload(rest + 1, err) : 0;
	}

	return lx_error_say(err, -EINVAL, "no security module goes with \"%s\"", journal_name);
}

int lx_lsm_forget(const struct lx_settings *settings, const char *run_id, struct lx_error *err)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		int r = lx_lsm_drivers[i]->forget ? lx_lsm_drivers[i]->forget(settings, run_id, err) : 0;

		if (r < 0)
			return r;
	}

	return 0;
}

/* Its own file of this very thread: the kernel takes a label from nobody else. */
int lx_lsm_open(struct lx_lsm *lsm, struct lx_error *err)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		struct lx_lsm_part *part = &lsm->parts[i];
		char path[64];

		if (!part->label)
			continue;
		snprintf(path, sizeof(path), "/proc/thread-self/attr/%s", lx_lsm_drivers[i]->attribute);
		part->attr_fd = open(path, O_WRONLY | O_CLOEXEC);
		if (part->attr_fd < 0)
			return lx_error_set(err, -errno, "open %s for the %s label", path, lx_lsm_drivers[i]->name);
	}

	return 0;
}

size_t lx_lsm_fds(const struct lx_lsm *lsm, int fds[static LX_LSM_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < LX_LSM_MAX; i++)
		if (lsm->parts[i].attr_fd >= 0)
			fds[n++] = lsm->parts[i].attr_fd;
	return n;
}

int lx_lsm_apply(const struct lx_lsm *lsm, struct lx_error *err)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		const struct lx_lsm_part *part = &lsm->parts[i];
		_cleanup_free_ char *text = NULL;
		ssize_t n;

		if (!part->label)
			continue;
		text = str_format("%s%s", lx_lsm_drivers[i]->prefix, part->label);
		if (!text)
			return lx_error_oom(err);
		n = write(part->attr_fd, text, strlen(text));
		if (n < 0)
			return lx_error_set(err, -errno, "take the %s label %s", lx_lsm_drivers[i]->name, part->label);
	}

	return 0;
}

void lx_lsm_format_labels(const struct lx_lsm *lsm, struct buf *out)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++)
		if (lsm->parts[i].label)
			buf_addf(out, "lsm.%s=%s\n", lx_lsm_drivers[i]->word, lsm->parts[i].label);
}

int lx_lsm_take_label(struct lx_lsm *lsm, const char *line)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		const char *rest = str_after(line, lx_lsm_drivers[i]->word);

		if (rest && *rest == '=')
			return str_set(&lsm->parts[i].label, rest + 1);
	}

	/* to run without what the monitor asks for would be the wrong side to err on */
	return -EPROTONOSUPPORT;
}

int lx_lsm_refuse(const struct lx_lsm_driver *driver, const struct lx_config *config, struct lx_error *err)
{
	const char *reason = driver->built ? "is not enabled on this host" : "is not in this build of lx";
	char origin[512];

	return lx_error_say(err, -EOPNOTSUPP, "%s is asked for by %s and %s; remove the key from %s", driver->name, driver->key, reason,
			    lx_config_origin(config, driver->key, origin, sizeof(origin)));
}
