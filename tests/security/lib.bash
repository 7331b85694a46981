# SPDX-License-Identifier: LGPL-2.1-or-later
# What the security tests share beside the functional ones' words. Each test is one known way out of a container, tried for
# real from a root shell inside, and has its twin: the same attempt where the layer that closes the way is off, which must
# succeed. A test whose twin cannot be shown on this kernel is skipped, not passed.

# shellcheck source=../functional/lib.bash
. "$BATS_TEST_DIRNAME/../functional/lib.bash"

setup_file()
{
	file_begin
	payload=${top_builddir:-.}/tests/security/payload
	loader=${top_builddir:-.}/tests/security/loader
	[ -x "$payload" ] && [ -x "$loader" ] || skip "tests/security/payload is not built"
	export payload loader
}

# What stands in for a host directory that must not be touched.
host_dir()
{
	host=$dir/host
	rm -rf "$host"
	mkdir "$host"
	chmod 755 "$host"
	echo untouched > "$host/marker"
}

# Nothing was made, removed, written or mounted in it, as the host and as the monitor of $c sees it.
host_dir_is_untouched()
{
	local pid

	same marker "$(ls -A "$host")"
	same untouched "$(cat "$host/marker")"
	fails grep -F " $host" /proc/self/mountinfo
	pid=$(monitor_pid 2> /dev/null) || return 0
	[ -z "$pid" ] || fails grep -F " $host" "/proc/$pid/mountinfo"
}

# Of $c, which must not run yet: files of the guest as they lie on disk.
upper()
{
	printf %s "$dir/store/$c/upper"
}

# plant FILE PATH [MODE]: into $c, before it starts
plant()
{
	install -D -m "${3:-755}" "$1" "$(upper)$2"
}

# attacker [privileged]: a container with the payload in it, not started. What AppArmor adds to a privileged one is tried in
# apparmor.bats; here it is without.
attacker()
{
	new
	if [ "${1:-}" = privileged ]; then
		set_key container.privileged yes
		set_key security.apparmor unconfined
	fi
	plant "$payload" /bin/payload-inside
}

try()
{
	inside payload-inside "$@"
}

# sh_inside TEXT: a root shell in the guest
sh_inside()
{
	inside sh -c "$1"
}
