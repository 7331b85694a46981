/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of a container's AppArmor profile.
 *
 * It allows what a system does with itself, and refuses what would reach the host through a file of the kernel's. AppArmor
 * knows files by their paths, so each refusal has to hold wherever the guest's root, who may mount what it likes, makes the
 * file appear:
 *
 *  - A new proc or sysfs shows from its root on, at any mount point. The names that give the host away are refused at the end of any
 *    path: /mnt/sys/kernel/core_pattern, /x/sysrq-trigger. They are names that no ordinary file has.
 *  - A part of one can be bound, or moved, to where the end of the path is another: /proc/sys/kernel to /a, and then /a/modprobe.
 *    What is bound from such a name must keep it.
 *  - What has ordinary names (/proc/sys/vm, /sys/power) is refused below directories that are called proc and sys, and those
 *    file systems cannot be mounted under another name, unless nesting needs it.
 *
 * Everything else about mounts is allowed, because systemd builds the sandboxes of its services from them, at paths and with
 * flags that change from version to version. Rules that refuse win over those that allow, and are not logged.
 *
 * A mount that is not attached, because it is new (fsmount(2)) or was taken away under a process that is in it (MNT_DETACH), shows
 * its files from the root of its file system on: /sys/vm/..., /module/... They are refused there too. /sys/net is left alone,
 * which is the container's own and is in no sysfs.
 */
#include "security/apparmor.h"

#include "base/macro.h"
#include "base/str.h"
#include "base/strv.h"

#define ANY "/{,**/}"
#define PROC ANY "proc"
/* systemd sets up the mounts of a unit there before it pivots. */
#define SYS "/{,run/systemd/unit-root/,run/systemd/mount-rootfs/}sys"

static const char *const allowed[] = {
	"file,",
	"capability,",
	"dbus,",
	"mount,",
	"remount,",
	"umount,",
	"pivot_root,",
	"",
	"# from outside; to itself; a process that is about to join is none of it until its exec",
	"signal (receive),",
	"signal peer=@{profile_name},",
	"ptrace (readby, tracedby),",
	"ptrace peer=@{profile_name},",
};

static const char *const sockets[] = { "network,", "unix," };

/* What kernels since 6.2 have learnt to look at, and parsers with 4.0. */
static const char *const newer[] = { "userns,", "mqueue,", "io_uring," };

/* Refused for writing, and for being linked to: at the end of any path. */
static const char *const vital[] = {
	ANY "sysrq-trigger",
	ANY "core_pattern",
	ANY "uevent_helper",
	ANY "kernel/{modprobe,hotplug,poweroff_cmd,modules_disabled,kexec_load_disabled}",
	ANY "kernel/usermodehelper/**",
	ANY "efi/{efivars,vars}/**",
	ANY "power/{state,disk,mem_sleep,autosleep}",
	"",
	"# sys/kernel in proc and in sysfs: but for hostname, domainname, shm*, msg*, sem*, ns_last_pid and security/apparmor",
	ANY "sys/kernel/[^dhmns]*{,/**}",
	ANY "sys/kernel/{d[^o],h[^o],ho[^s],m[^s],n[^s],s[^eh],se[^cm],sec[^u]}*{,/**}",
	ANY "sys/kernel/security/{[^a],a[^p]}*{,/**}",
};

/* The same for files that can be told only by the directory above. */
static const char *const named[] = {
	PROC "/sys/{abi,crypto,debug,dev,sunrpc,vm}/**",
	PROC "/sys/fs/{[^m],m[^q]}**",
	PROC "/{acpi,asound,bus,fs,irq,mtrr,scsi}{,/**}",
	PROC "/{kcore,kmsg,mtd,sched_debug,timer_list,latency_stats}",
	"",
	ANY "sys/{block,bus,firmware,hypervisor,power}/**",
	ANY "sys/module/*/parameters/**",
	ANY "sys/devices/{[^v],virtual/[^n],virtual/n[^e]}**",
	SYS "/{class,dev}/**",
	SYS "/fs/[^bcm]**",
};

/* The same in a mount that is not attached. Of names that a guest's / may well have, only what a sysfs has below. */
static const char *const detached[] = {
	"/sys/{abi,crypto,debug,sunrpc,vm}/**",
	"/{acpi,asound,irq,mtrr,scsi}{,/**}",
	"/bus/{input,pci}/**",
	"",
	"/bus/*/{devices,drivers,drivers_autoprobe,drivers_probe,rescan,uevent}{,/**}",
	"/block/*/**",
	"/class/*/*/**",
	"/devices/{[^v],virtual/[^n],virtual/n[^e]}**",
	"/firmware/**",
	"/fs/{ext4,f2fs,fuse,nfs,nfsd,pstore,xfs}/**",
	"/kernel/{debug,iommu_groups,irq,kexec_*,livepatch,mm,profiling,rcu_*,reboot,slab,tracing}{,/**}",
	"/module/*/parameters/**",
	"/power/**",
};

/* Not even for reading. */
static const char *const secret[] = {
	ANY "kcore",
	ANY "dev/{mem,kmem,port}",
	ANY "sys/firmware/**",
};

/* What must keep its name when it is bound or moved. A directory ends in a slash. */
static const struct {
	const char *where, *name, *end;
} keep_name[] = {
	{ ANY, "sysrq-trigger", "" },
	{ ANY, "core_pattern", "" },
	{ ANY, "uevent_helper", "" },
	{ ANY "kernel/", "modprobe", "" },
	{ ANY, "kernel", "/" },
};

/* These show the kernel, not a container of it. */
static const char *const host_file_systems[] = { "debugfs", "tracefs", "pstore", "efivarfs", "securityfs", "configfs", "devtmpfs" };

/* What tells by its directory's name what it is. */
static const struct {
	const char *type, *name;
} proper_place[] = {
	{ "proc", "proc" },
	{ "sysfs", "sys" },
};

static void write_lines(const char *const *lines, size_t n, const char *before, const char *after, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		if (lines[i][0] == '\0' || lines[i][0] == '#')
			buf_addf(out, "%s%s\n", lines[i][0] ? "  " : "", lines[i]);
		else
			buf_addf(out, "  %s%s%s\n", before, lines[i], after);
	buf_add_char(out, '\n');
}

#define WRITE(table, before, after) write_lines(table, array_size(table), before, after, out)

/* Of "proc": something that does not end in c, or ends in c after no o, ...; or one of the ends c, oc, roc alone. */
void lx_apparmor_write_other_name(const char *name, struct buf *out)
{
	size_t n = strlen(name);

	buf_add(out, "/{");
	for (size_t i = n; i > 0; i--)
		buf_addf(out, "**[^%c]%s,", name[i - 1], name + i);
	buf_addf(out, "**[^/]%s", name);
	for (size_t i = n - 1; i > 0; i--)
		buf_addf(out, ",%s,**/%s", name + i, name + i);
	buf_add_char(out, '}');
}

static void write_mount_rules(const struct lx_apparmor_wish *wish, struct buf *out)
{
	for (size_t i = 0; i < array_size(keep_name); i++) {
		buf_addf(out, "  deny mount %s%s%s -> ", keep_name[i].where, keep_name[i].name, keep_name[i].end);
		lx_apparmor_write_other_name(keep_name[i].name, out);
		buf_addf(out, "%s,\n", keep_name[i].end);
	}
	buf_add(out, "  deny pivot_root " ANY "kernel/,\n\n");

	for (size_t i = 0; i < array_size(host_file_systems); i++)
		buf_addf(out, "  deny mount fstype=%s,\n", host_file_systems[i]);
	for (size_t i = 0; i < array_size(proper_place) && !wish->nesting; i++) {
		buf_addf(out, "  deny mount fstype=%s -> ", proper_place[i].type);
		lx_apparmor_write_other_name(proper_place[i].name, out);
		buf_add(out, "/,\n");
	}
	buf_add_char(out, '\n');
}

void lx_apparmor_profile_write(const struct lx_apparmor_wish *wish, struct buf *out)
{
	buf_addf(out, "profile \"%s\" flags=(attach_disconnected,mediate_deleted) {\n", wish->name);
	WRITE(allowed, "", "");
	if (wish->sockets)
		WRITE(sockets, "", "");
	if (wish->newer_classes)
		WRITE(newer, "", "");
	if (wish->own_namespace)
		buf_addf(out, "  change_profile -> \":%s:*\",\n  change_profile -> \":%s://*\",\n\n", wish->name, wish->name);
	WRITE(vital, "deny ", " wl,");
	WRITE(named, "deny ", " wl,");
	WRITE(detached, "deny ", " wl,");
	WRITE(secret, "deny ", " rwklmx,");
	write_mount_rules(wish, out);
	strv_for_each(rule, wish->rules)
		buf_addf(out, "  %s\n", rule);
	buf_add(out, "}\n");
}
