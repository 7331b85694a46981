#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers in contexts of SELinux, with the types of config/selinux/lx.cil, in a permissive and in an enforcing machine. The
# twin of each refusal is the same attempt with selinux = none. On a host of the tests' own they are its containers, as units of
# its systemd.

# shellcheck disable=SC2154 # dir, c, ... are lib.bash's
load lib

setup_file()
{
	[ -e /sys/fs/selinux/enforce ] || { skip_file "SELinux is not enabled here"; return; }
	types_are_known || { skip_file "the policy has not the types of config/selinux/lx.cil"; return; }
	mode=$(< /sys/fs/selinux/enforce)
	export mode
	if [ -n "${LX_TEST_OWN_HOST:-}" ]; then
		own_host_begin
	else
		file_begin
		export store=$dir/store
	fi
}

teardown_file()
{
	[ -z "${mode:-}" ] || echo "$mode" > /sys/fs/selinux/enforce
	file_end
}

setup()
{
	test_begin
	echo 0 > /sys/fs/selinux/enforce
}

types_are_known()
{
	{ printf 'system_u:object_r:lx_file_t:s0' > /sys/fs/selinux/context; } 2> /dev/null
}

enforcing()
{
	echo 1 > /sys/fs/selinux/enforce
}

# The context of a process, as the host sees it.
context_of()
{
	tr -d '\0' < "/proc/$1/attr/current"
}

level_of()
{
	context_of "$(init_pid "$1")" | cut -d : -f 4-
}

need_units()
{
	[ -n "${LX_TEST_OWN_HOST:-}" ] || skip "starts units of the host; tests/vm/run -l selinux has one for it"
}

# What has been refused since the last time to containers, to lx as a service, and to who looks at its machines.
denials()
{
	dmesg --read-clear | grep 'avc: *denied' | grep -E 'scontext=[^ ]*:(lx_container_t|lx_t|systemd_machined_t|system_dbusd_t):'
}

# The monitor of $c runs in its unit and in the domain for that, and its guest in that for containers.
in_unit()
{
	same active "$(systemctl is-active "lx@$c")"
	same "system_u:system_r:lx_t:s0-s0:c0.c1023" "$(context_of "$(systemctl show -p MainPID --value "lx@$c")")"
	same "system_u:system_r:lx_container_t:$level" "$(context_of "$(init_pid)")"
}

# A directory of the host that everybody may read, with a file of this context in it, bound to /shared of $c.
shared_with()
{
	mkdir -p "$dir/shared"
	echo secret > "$dir/shared/file"
	chmod 755 "$dir/shared"
	chmod 644 "$dir/shared/file"
	chcon system_u:object_r:lx_file_t:s0 "$dir/shared"
	chcon "$1" "$dir/shared/file"
	printf '[mount shared]\nsource = %s\ntarget = shared\noptions = bind,create=dir\n' "$dir/shared" >> "$store/$c/config"
}

@test "all processes have the context for containers, and the files one to match" {
	started
	like "system_u:system_r:lx_container_t:s0:c*,c*" "$(context_of "$(init_pid)")"
	same "$(context_of "$(init_pid)")" "$(inside cat /proc/self/attr/current | tr -d '\0')"
	for path in / /dev /dev/null /dev/pts /dev/pts/0 /run /dev/shm; do
		same "system_u:object_r:lx_file_t:$(level_of "$c")" "$(stat -c %C "/proc/$(init_pid)/root$path")"
	done
}

@test "each container has categories of its own, which stay its own until it is destroyed" {
	started
	one=$c
	started
	[ "$(level_of "$one")" != "$(level_of "$c")" ]
	level=$(level_of "$one")
	lx-stop -k "$one"
	lx-start "$one"
	same "$level" "$(level_of "$one")"
	[ -L "$store/.selinux/$level" ]
	lx-destroy -f "$one"
	[ ! -L "$store/.selinux/$level" ]
}

@test "a busybox guest boots, works and shuts down while the policy is enforced, and is refused nothing" {
	denials > /dev/null || true
	enforcing
	new
	lx-start "$c"
	inside sh -c 'echo text > /root/file && cat /root/file && mkdir /tmp/d && mount -t tmpfs t /tmp/d && echo x > /tmp/d/f && umount /tmp/d'
	inside sh -c 'ps && ls -l /dev /proc/1/fd /sys/class/net && mkfifo /tmp/p && ln -s a /tmp/b && echo > /dev/null && hostname' > /dev/null
	lx-stop "$c"
	same STOPPED "$(state)"
	same "" "$(denials)"
}

@test "a Debian guest boots with no failed unit while the policy is enforced, and is refused nothing" {
	new_name
	lx-create "$c" -t debian -- --release bookworm > "$dir/create" 2>&1 || {
		grep -qE 'no mirror of Debian|debootstrap' "$dir/create" || { cat "$dir/create" >&2; return 1; }
		skip "no image, and nothing to build one: $(tail -n 1 "$dir/create")"
	}
	denials > /dev/null || true
	enforcing
	lx-start --wait=ready --timeout 300s "$c"
	same running "$(inside systemctl is-system-running --wait)"
	same "" "$(inside systemctl --failed --no-legend --plain)"
	if [ -n "${LX_TEST_OWN_HOST:-}" ]; then
		is_machine
		machinectl poweroff "$c"
		lx-wait -s STOPPED -t 200 "$c"
	else
		lx-stop "$c"
	fi
	same "" "$(denials)"
}

# The container $c is one for the tools of systemd.
is_machine()
{
	same "$(init_pid)" "$(machinectl show -p Leader --value "$c")"
	same running "$(systemctl -M "$c" is-system-running)"
	like "*$(context_of "$(init_pid)")*" "$(script -qec "machinectl -q shell $c /bin/cat /proc/self/attr/current" /dev/null | tr -d '\0')"
	journalctl -q -M "$c" -n 1 > /dev/null
}

@test "systemd starts a container in the domains for it, with its links, while the policy is enforced" {
	local level
	need_units
	denials > /dev/null || true
	enforcing
	touch "$dir/bridge"
	systemctl start lx-net
	new
	set_key network.eth0.type veth
	lx-start "$c"
	level=$(level_of "$c")
	in_unit
	inside ip link show eth0
	systemctl stop "lx@$c"
	same STOPPED "$(state)"
	systemctl start "lx@$c"
	in_unit
	inside ip link show eth0
	lx-stop "$c"
	same inactive "$(systemctl is-active "lx@$c" || :)"
	systemctl stop lx-net
	same "" "$(denials)"
}

@test "a guest writes to the host's journal directory, and the host reads the guest's, while the policy is enforced" {
	local id
	need_units
	mkdir -p /var/log/journal
	enforcing
	new
	set_key machine.link-journal host
	lx-start "$c"
	id=$(readlink "$store/$c/journal")
	inside sh -c "echo of the guest > $id/file"
	same "of the guest" "$(< "$id/file")"
	same "system_u:object_r:lx_file_t:$(level_of "$c")" "$(stat -c %C "$id")"
	same "system_u:object_r:lx_file_t:$(level_of "$c")" "$(stat -c %C "$id/file")"
	lx-stop -k "$c"
	rm -r "$id"
	set_key machine.link-journal guest
	lx-start "$c"
	inside sh -c "echo of the guest > $id/file"
	same "of the guest" "$(< "$id/file")"
	lx-destroy -f "$c"
	[ ! -L "$id" ]
}

@test "lx-execute while the policy is enforced" {
	enforcing
	new
	like "system_u:system_r:lx_container_t:s0:c*" "$(lx-execute "$c" -- cat /proc/self/attr/current | tr -d '\0')"
}

@test "a file of a neighbour is refused" {
	started
	neighbour=$(level_of "$c")
	enforcing
	new
	shared_with "system_u:object_r:lx_file_t:$neighbour"
	lx-start "$c"
	denials > /dev/null || true
	fails inside cat /shared/file
	grep -q 'denied.*read.*name="file"' <<< "$(denials)"
	chcon -l "$(level_of "$c")" "$dir/shared/file"
	same secret "$(inside cat /shared/file)"
}

@test "a file of a neighbour is open where the policy is not enforced, or without a context" {
	started
	neighbour=$(level_of "$c")
	new
	shared_with "system_u:object_r:lx_file_t:$neighbour"
	lx-start "$c"
	same secret "$(inside cat /shared/file)"
	lx-stop -k "$c"
	enforcing
	set_key security.selinux none
	lx-start "$c"
	same secret "$(inside cat /shared/file)"
}

@test "a file of the host that everybody may read is refused" {
	enforcing
	new
	shared_with system_u:object_r:etc_t:s0
	lx-start "$c"
	fails inside cat /shared/file
	lx-stop -k "$c"
	set_key security.selinux none
	lx-start "$c"
	same secret "$(inside cat /shared/file)"
}

@test "a privileged container cannot set core_pattern through a /proc of its own" {
	pattern=$(< /proc/sys/kernel/core_pattern)
	write='mkdir -p /tmp/p && mount -t proc p /tmp/p && echo "|/bin/lx-test" > /tmp/p/sys/kernel/core_pattern'
	enforcing
	new
	set_key container.privileged yes
	lx-start "$c"
	fails inside sh -c "$write"
	same "$pattern" "$(< /proc/sys/kernel/core_pattern)"
	lx-stop -k "$c"
	set_key security.selinux none
	lx-start "$c"
	inside sh -c "$write"
	same "|/bin/lx-test" "$(< /proc/sys/kernel/core_pattern)"
	echo "$pattern" > /proc/sys/kernel/core_pattern
}

@test "a context of one's own, and mounts to match" {
	enforcing
	new
	set_key security.selinux system_u:system_r:lx_container_t:s0:c1,c2
	lx-start "$c"
	same system_u:system_r:lx_container_t:s0:c1,c2 "$(context_of "$(init_pid)")"
	same system_u:object_r:lx_file_t:s0:c1,c2 "$(stat -c %C "/proc/$(init_pid)/root/")"
	lx-stop -k "$c"
	set_key security.selinux.mount-context system_u:object_r:lx_file_t:s0
	lx-start "$c"
	same system_u:object_r:lx_file_t:s0 "$(stat -c %C "/proc/$(init_pid)/root/")"
}

@test "a context that the policy does not know is refused before anything is made" {
	new
	set_key security.selinux system_u:system_r:no_such_t:s0
	refuses "lx-start: $c: *no context system_u:system_r:no_such_t:s0*security*selinux*" lx-start "$c"
	same STOPPED "$(state)"
	set_key security.selinux none
	set_key security.selinux.mount-context system_u:object_r:no_such_t:s0
	refuses "lx-start: $c: *no context system_u:object_r:no_such_t:s0*mount-context*" lx-start "$c"
	gone
}

@test "a root with a label of the host's is refused, and told how to get one, where the policy is enforced" {
	new -B dir
	chcon -R -t var_lib_t "$store/$c/rootfs" # as below /var/lib
	lx-start "$c"
	lx-stop -k "$c"
	enforcing
	refuses "lx-start: $c: *has the label *, which is not for containers; *\"chcon -R *\"; see *" lx-start "$c"
	gone
	eval "$(cut -d '"' -f 2 <<< "$stderr")"
	lx-start "$c"
	inside sh -c 'echo text > /root/file && cat /root/file'
}

@test "lx-audit counts the context in the profile's place" {
	new
	lx-audit "$c" | grep -q '^context '
	fails grep -q '^profile ' <<< "$(lx-audit "$c")"
	set_key security.selinux none
	lx-audit "$c" | grep '^context ' | grep -q 'who starts it'
}
