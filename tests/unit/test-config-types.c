/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Value types: what each takes, how it is written back, what it refuses. */
#include "unit.h"

#include "base/str.h"
#include "base/strv.h"
#include "config/schema.h"

/* "" = refused; NULL = written back as it is */
struct value {
	const char *section, *key, *text, *normal;
};

static const struct value values[] = {
	{ "container", "privileged", "true", "yes" },
	{ "container", "privileged", "0", "no" },
	{ "container", "privileged", "maybe", "" },

	{ "network", "mtu", "68", NULL },
	{ "network", "mtu", "65535", NULL },
	{ "network", "mtu", "67", "" },
	{ "network", "mtu", "65536", "" },
	{ "network", "mtu", "-1", "" },
	{ "network", "mtu", "1500x", "" },
	{ "network", "mtu", "99999999999999999999", "" },

	{ "console", "log-size", "0", NULL },
	{ "console", "log-size", "1048576", "1M" },
	{ "console", "log-size", "1.5M", "1536K" },
	{ "console", "log-size", "1000", NULL },
	{ "console", "log-size", "10Q", "" },
	{ "console", "buffer-size", "4K", NULL },
	{ "console", "buffer-size", "1K", "" },
	{ "console", "buffer-size", "1G", "" },

	{ "container", "stop-timeout", "90", "1min 30s" },
	{ "container", "stop-timeout", "infinity", NULL },
	{ "container", "stop-timeout", "soon", "" },
	{ "hook", "timeout", "0", "" },

	{ "namespace", "boottime-offset", "-1h", NULL },
	{ "namespace", "boottime-offset", "+2d", "2d" },
	{ "namespace", "boottime-offset", "infinity", "" },
	{ "namespace", "boottime-offset", "--1h", "" },

	{ "device", "mode", "600", "0600" },
	{ "device", "mode", "0888", "" },
	{ "device", "mode", "17777", "" },

	{ "mount", "owner", "alice:1000", NULL },
	{ "mount", "owner", "1000:0", NULL },
	{ "mount", "owner", "alice", "" },
	{ "mount", "owner", ":1000", "" },
	{ "mount", "owner", "alice:", "" },
	{ "mount", "owner", "alice:bob", "" },
	{ "mount", "owner", "a b:1", "" },
	{ "mount", "owner", "a:b:1", "" },
	{ "mount", "owner", "4294967295:1", "" },
	{ "mount", "owner", "alice:4294967295", "" },
	{ "mount", "group", "users:100", NULL },

	{ "container", "stop-signal", "auto", NULL },
	{ "container", "stop-signal", "SIGRTMIN+3", NULL },
	{ "container", "stop-signal", "RTMIN+3", "SIGRTMIN+3" },
	{ "container", "stop-signal", "SIGRTMIN", NULL },
	{ "container", "stop-signal", "PWR", "SIGPWR" },
	{ "container", "stop-signal", "30", "SIGPWR" },
	{ "container", "stop-signal", "9", "SIGKILL" },
	{ "container", "stop-signal", "0", "" },
	{ "container", "stop-signal", "65", "" },
	{ "container", "stop-signal", "SIGRTMIN+99", "" },
	{ "container", "stop-signal", "SIGNOTHING", "" },

	{ "container", "hostname", "web-1.example.org", NULL },
	{ "container", "hostname", "-web", "" },
	{ "container", "hostname", "we_b", "" },
	{ "container", "uuid", "8b1f9a52-4f6c-4a7e-9d0f-0123456789ab", NULL },
	{ "container", "uuid", "8b1f9a52-4f6c-4a7e-9d0f-0123456789a", "" },
	{ "container", "uuid", "8b1f9a5204f6c-4a7e-9d0f-0123456789abc", "" },
	{ "container", "init", "/sbin/init --log-level=debug \"a b\"", NULL },
	{ "container", "init", "sbin/init", "" },
	{ "container", "init", "/sbin/init \"a", "" },
	{ "container", "environment", "A_1=b c", NULL },
	{ "container", "environment", "1A=b", "" },
	{ "container", "environment", "=b", "" },
	{ "container", "environment", "A", "" },
	{ "container", "work-dir", "/srv/", "/srv" },
	{ "container", "work-dir", "/", NULL },
	{ "container", "work-dir", "srv", "" },
	{ "container", "work-dir", "/srv/../etc", "" },
	{ "container", "description", "two\nlines", "" },

	{ "ready", "tcp", "5432", NULL },
	{ "ready", "tcp", "127.0.0.1:65535", NULL },
	{ "ready", "tcp", "[fd00::1]:80", NULL },
	{ "ready", "tcp", "0", "" },
	{ "ready", "tcp", "65536", "" },
	{ "ready", "tcp", "-1", "" },
	{ "ready", "tcp", ":80", "" },
	{ "ready", "tcp", "[]:80", "" },
	{ "ready", "tcp", "[127.0.0.1]:80", "" },
	{ "ready", "tcp", "fd00::1", "" },
	{ "ready", "tcp", "::1:80", "" },
	{ "ready", "tcp", "localhost:80", "" },
	{ "ready", "tcp", "127.0.0.1:", "" },
	{ "ready", "tcp", "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:80", "" },
	{ "ready", "file", "/run/app/", "/run/app" },
	{ "ready", "file", "run/app", "" },
	{ "ready", "interval", "100ms", NULL },
	{ "ready", "interval", "99ms", "" },
	{ "ready", "interval", "infinity", "" },
	{ "ready", "timeout", "1h", NULL },
	{ "ready", "timeout", "infinity", "" },

	{ "rootfs", "path", "overlay:/a:/b", NULL },
	{ "rootfs", "path", "/srv/root/", "/srv/root" },
	{ "rootfs", "path", "overlay:", "" },
	{ "rootfs", "path", "srv/root", "" },

	{ "idmap", "range", "200000", NULL },
	{ "idmap", "range", "200000:131072", NULL },
	{ "idmap", "range", "0:65536", "" },
	{ "idmap", "range", "200000:0", "" },
	{ "idmap", "range", "4294960000:65536", "" },
	{ "idmap", "range", "some", "" },
	{ "idmap", "map", "both  0\t200000 65536", "both 0 200000 65536" },
	{ "idmap", "map", "uid 0 200000 1", NULL },
	{ "idmap", "map", "gid 0 200000 1", NULL },
	{ "idmap", "map", "both 0 200000", "" },
	{ "idmap", "map", "pid 0 200000 1", "" },
	{ "idmap", "map", "both 0 200000 0", "" },
	{ "idmap", "map", "both 0 4294967290 65536", "" },

	{ "namespace", "net", "container:db", NULL },
	{ "namespace", "net", "pid:1", NULL },
	{ "namespace", "net", "pid:x", "" },
	{ "namespace", "net", "container:../db", "" },
	{ "namespace", "net", "shared", "" },

	{ "network", "name", "eth0", NULL },
	{ "network", "name", "abcdefghijklmno", NULL },
	{ "network", "name", "abcdefghijklmnop", "" },
	{ "network", "name", "a/b", "" },
	{ "network", "name", "..", "" },
	{ "network", "name", "a b", "" },
	{ "network", "mac", "02:00:5E:10:00:01", "02:00:5e:10:00:01" },
	{ "network", "mac", "01:00:5e:10:00:01", "" },
	{ "network", "mac", "02:00:5e:10:00", "" },
	{ "network", "mac", "02-00-5e-10-00-01", "" },
	{ "network", "ipv4.address", "10.0.5.20", "" },
	{ "network", "ipv4.address", "10.0.5.20/33", "" },
	{ "network", "ipv4.address", "10.0.5.256/24", "" },
	{ "network", "ipv4.address", "10.0.5.20/0", "" },
	{ "network", "ipv6.address", "fe80::1/64", NULL },
	{ "network", "ipv6.address", "fe80::1/129", "" },
	{ "network", "ipv4.gateway", "10.0.5.1", NULL },
	{ "network", "ipv4.gateway", "fd00::1", "" },
	{ "network", "ipv6.gateway", "fd00::1", NULL },
	{ "network", "forward", "tcp 8080", "tcp 8080 8080" },
	{ "network", "forward", "udp\t127.0.0.1:53  5353", "udp 127.0.0.1:53 5353" },
	{ "network", "forward", "tcp 127.0.0.1:80", "tcp 127.0.0.1:80 80" },
	{ "network", "forward", "tcp 80 127.0.0.1:80", "" },
	{ "network", "forward", "tcp 65536", "" },
	{ "network", "forward", "tcp 0 80", "" },
	{ "network", "forward", "sctp 80", "" },
	{ "network", "forward", "tcp -1", "" },
	{ "network", "forward", "tcp 1 2 3", "" },

	{ "mount", "target", "/srv/data/", "srv/data" },
	{ "mount", "target", "/", "" },
	{ "mount", "target", "a/../b", "" },
	{ "mount", "source", "tmpfs", NULL },
	{ "mount", "source", "/srv/../etc", "" },
	{ "mount", "options", "bind, ro", "bind,ro" },
	{ "device", "access", "rwm", NULL },
	{ "device", "access", "rr", "" },
	{ "device", "access", "x", "" },

	{ "cgroup", "memory.max", "max", NULL },
	{ "cgroup", "memory.max", "512M", NULL },
	{ "cgroup", "memory.max", "1.5G", "1610612736" },
	{ "cgroup", "memory.max", "512MiB", "536870912" },
	{ "cgroup", "memory.max", "50%", "" },
	{ "cgroup", "cpu.max", "max", NULL },
	{ "cgroup", "cpu.max", "max 100000", NULL },
	{ "cgroup", "cpu.max", "50000 100000", NULL },
	{ "cgroup", "cpu.max", "12.5%", NULL },
	{ "cgroup", "cpu.max", "0%", "" },
	{ "cgroup", "cpu.max", "50000 10", "" },
	{ "cgroup", "cpu.max", "10 100000", "" },
	{ "cgroup", "cpu.max", "1 2 3", "" },
	{ "cgroup", "cpu.weight", "10000", NULL },
	{ "cgroup", "cpu.weight", "0", "" },
	{ "cgroup", "cpuset.cpus", "0", NULL },
	{ "cgroup", "cpuset.cpus", "3-1", "" },
	{ "cgroup", "cpuset.cpus", "1-", "" },
	{ "cgroup", "cpuset.cpus", "-1", "" },
	{ "cgroup", "cpuset.cpus", "all", "" },
	{ "cgroup", "pids.max", "max", NULL },
	{ "cgroup", "pids.max", "0", "" },
	{ "cgroup", "io.weight", "default 100", NULL },
	{ "cgroup", "io.max", "8:0 rbps=max", NULL },
	{ "cgroup", "io.max", "8:0", "" },
	{ "cgroup", "io.max", "sda rbps=1", "" },
	{ "cgroup", "io.max", "8:0 speed=1", "" },

	{ "security", "capabilities.drop", "CAP_SYS_ADMIN sys_Time", "sys_admin,sys_time" },
	{ "security", "capabilities.drop", "sys_amdin", "" },
	{ "security", "rlimit", "nofile=1024", NULL },
	{ "security", "rlimit", "core=0:unlimited", NULL },
	{ "security", "rlimit", "nofile=10:5", "" },
	{ "security", "rlimit", "files=10", "" },
	{ "hook", "pre-start", "/etc/lx/hooks/notify 'a b'", NULL },
	{ "hook", "pre-start", "notify", "" },
};

static void check_value(const struct value *v)
{
	const struct lx_section *section = lx_schema_find_section(&lx_schema_container, v->section);
	const struct lx_key *key = section ? lx_section_find_key(section, v->key) : NULL;
	const char *wanted = v->normal ? v->normal : v->text;
	_cleanup_strv_ char **normal = NULL;
	struct lx_error err = { 0 };
	int r;

	assert_non_null(key);
	r = lx_key_normal(key, (char *const[]){ (char *)v->text, NULL }, &normal, &err);
	if (!*wanted && r >= 0)
		fail_msg("%s = %s: is taken", v->key, v->text);
	if (*wanted && r < 0)
		fail_msg("%s = %s: %s", v->key, v->text, err.text);
	if (*wanted && (strv_length(normal) != 1 || !str_equal(normal[0], wanted)))
		fail_msg("%s = %s: became %s", v->key, v->text, normal ? normal[0] : "nothing");
	if (!*wanted)
		assert_non_null(str_after(err.text, "expected "));
}

static void test_types_take_and_refuse(void **state _unused_)
{
	for (size_t i = 0; i < array_size(values); i++)
		check_value(&values[i]);
}

static void test_types_list_grows_and_clears(void **state _unused_)
{
	const struct lx_section *section = lx_schema_find_section(&lx_schema_container, "container");
	const struct lx_key *key = lx_section_find_key(section, "environment");
	_cleanup_config_ struct lx_config *config = NULL;

	assert_return_code(lx_config_new(&config, NULL), 0);
	assert_return_code(lx_key_set(key, &config->container, "A=1", NULL), 0);
	assert_return_code(lx_key_set(key, &config->container, "B=2", NULL), 0);
	assert_int_equal(strv_length(config->container.environment), 2);
	assert_return_code(lx_key_set(key, &config->container, "", NULL), 0);
	assert_null(config->container.environment);
}

static void test_types_idmap_keeps_users_and_groups_apart(void **state _unused_)
{
	char *lines[] = { (char *)"uid 0 100000 10", (char *)"gid 0 200000 10", NULL };
	const struct lx_key *key = lx_section_find_key(lx_schema_find_section(&lx_schema_container, "idmap"), "map");
	_cleanup_strv_ char **normal = NULL;

	assert_return_code(lx_key_normal(key, lines, &normal, NULL), 0);
	assert_true(strv_equal(normal, lines));
}

static void test_types_bounds_are_in_the_sentence(void **state _unused_)
{
	const struct lx_key *key = lx_section_find_key(lx_schema_find_section(&lx_schema_container, "console"), "buffer-size");
	_cleanup_free_ char *syntax = lx_key_syntax(key);

	assert_string_equal(syntax, "a size in bytes, or with K, M, G or T, from 4K to 16M");
}

UNIT_MAIN(UNIT(test_types_take_and_refuse), UNIT(test_types_list_grows_and_clears),
	  UNIT(test_types_idmap_keeps_users_and_groups_apart), UNIT(test_types_bounds_are_in_the_sentence))
