#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The container as a machine of the host's systemd, and among its images: made, kept and taken back.

# shellcheck disable=SC2154 # dir, c, stderr, ... are lib.bash's
load lib

teardown()
{
	pkill -CONT -x systemd-machine || :
	[ -z "${other:-}" ] || systemctl stop "$other" || :
	[ -z "${masked:-}" ] || systemctl unmask --runtime -q "$masked"
	test_end
}

need_machined()
{
	[ -d /run/systemd/system ] || skip "systemd is not process 1 here"
	command -v machinectl > /dev/null || skip "systemd-machined is not installed"
}

# property NAME: of the machine $c; nothing when there is none
property()
{
	machinectl show "$c" -p "$1" --value 2> /dev/null
}

is_machine()
{
	local leader

	leader=$(property Leader) && [ -n "$leader" ] && [ "$leader" = "$(init_pid)" ]
}

# A new one that is a machine. The start waits for that, but not for long.
registered()
{
	started
	wait_for 10 is_machine
	wait_for 5 eval 'same "$c" "$(told_machine)"'
}

is_no_machine()
{
	! property Leader > /dev/null
}

is_inactive()
{
	[ "$(systemctl show --value -p ActiveState "$1")" = inactive ]
}

told_machine()
{
	lx-info --format=json "$c" | jq -r '.machine // "none"'
}

logged()
{
	journalctl --sync
	{
		cat "$dir/log/$c.log"
		journalctl "CONTAINER=$c" -o cat --no-pager
	} 2> /dev/null | grep -F -- "$1"
}

call()
{
	busctl call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager "$@"
}

# Somebody else's machine of the name $c.
another_machine()
{
	other=other-$c.service
	systemd-run -q --collect --unit="$other" sleep 1000
	call RegisterMachine sayssus "$c" 0 other container "$(systemctl show -p MainPID --value "$other")" ""
}

@test "where systemd does not run nobody is asked, and yes is refused" {
	[ ! -d /run/systemd/system ] || skip "systemd is process 1 here"
	new
	lx-start "$c"
	fails logged machined
	same none "$(told_machine)"
	lx-stop -k "$c"
	set_key machine.register yes
	refuses "*: machine: [[]machine[]] register = yes, but systemd is not the init of this host" lx-start "$c"
	same STOPPED "$(state)"
}

@test "a running container is a machine in the unit of its monitor" {
	need_machined
	registered
	same lx "$(property Service)"
	same container "$(property Class)"
	same "$(lx-info --format=json "$c" | jq -r .uuid | tr -d -)" "$(property Id)"
	like "lx@$c*.service" "$(property Unit)"
	grep -q "/$(property Unit)/payload" "/proc/$(init_pid)/cgroup"
	same "$c" "$(told_machine)"
	like "*Machine: *$c*" "$(lx-info "$c")"
}

@test "the ends of its links on the host are known" {
	need_machined
	need_bridge
	registered
	local path
	path=$(call GetMachine s "$c" | cut -d '"' -f 2)
	same "ai 1 $(ip -o link show master "$bridge" | cut -d : -f 1)" \
		"$(busctl get-property org.freedesktop.machine1 "$path" org.freedesktop.machine1.Machine NetworkInterfaces)"
	wait_for 20 getent ahosts "$c"
}

@test "the keeper never loads the library of the bus" {
	need_machined
	registered
	fails grep libsystemd "/proc/$(monitor_pid)/maps"
	wait_for 5 fails pgrep -x lx-errand -P "$(monitor_pid)"
}

@test "its supervisor is the keeper, where machined wants one: it terminates the machine" {
	need_machined
	started
	[ "$(property Supervisor)" -gt 0 ] 2> /dev/null || skip "machined knows no supervisors (systemd before 258)"
	same "$(monitor_pid)" "$(property Supervisor)"
	lx-stop -r "$c"
	wait_for 20 is_machine
	same "$(monitor_pid)" "$(property Supervisor)"
	call UnregisterMachine s "$c"
	wait_for 20 is_machine
	same "$(monitor_pid)" "$(property Supervisor)"

	unit=$(property Unit)
	machinectl terminate "$c"
	lx-wait -s STOPPED -t 60 "$c"
	wait_for 20 is_no_machine
	wait_for 20 is_inactive "$unit"
}

@test "register = no is not seen" {
	need_machined
	new
	set_key machine.register no
	lx-start "$c"
	is_no_machine
	same none "$(told_machine)"
	fails logged machined
}

@test "without a unit of its own the log says once why, and yes is refused" {
	need_machined
	printf '[systemd]\nunits = no\n' >> "$LX_CONFIG"
	started
	is_no_machine
	same 1 "$(logged 'not registered with systemd-machined: the container is not in a unit' | wc -l)"
	lx-stop -k "$c"
	set_key machine.register yes
	refuses "*register = yes, but the container is not in a unit of systemd; see *" lx-start "$c"
	sed -i '/^\[systemd\]/,$d' "$LX_CONFIG"
	lx-start "$c"
	wait_for 10 is_machine
}

@test "a reboot registers the new init" {
	need_machined
	registered
	local before
	before=$(init_pid)
	lx-stop -r "$c"
	wait_for 20 is_machine
	fails same "$before" "$(property Leader)"
	wait_for 5 eval 'same "$c" "$(told_machine)"'
}

@test "a reboot that the guest asks for is one, also where machined has seen that init has died" {
	need_machined
	started
	for _ in 1 2 3 4 5; do
		before=$(init_pid)
		inside reboot -f || :
		wait_for 20 eval '[ -n "$(init_pid)" ] && [ "$(init_pid)" != "$before" ]'
		wait_for 20 is_machine
		call ListMachines > /dev/null # whatever machined had to send it has sent
		inside true
		same RUNNING "$(state)"
	done
}

@test "a stop unregisters, and so does the end of a killed monitor" {
	need_machined
	registered
	lx-stop "$c"
	wait_for 5 is_no_machine # it is waited for, but not for long
	lx-start "$c"
	wait_for 10 is_machine
	kill -9 "$(monitor_pid)"
	wait_for 10 is_no_machine
	lx-start "$c"
	wait_for 10 is_machine
}

@test "restarts of machined and of the bus change nothing" {
	need_machined
	registered
	local before
	before=$(init_pid)
	systemctl restart systemd-machined
	wait_for 10 is_machine
	systemctl restart dbus
	wait_for 60 is_machine # machined is asked for, and may not end before it is certain that its name does not come back
	systemctl restart systemd-logind # does not come back to a bus by itself
	systemctl daemon-reload
	wait_for 10 is_machine
	same "$before" "$(init_pid)"
}

@test "a registration that is lost is renewed" {
	need_machined
	registered
	call UnregisterMachine s "$c"
	wait_for 10 is_machine

	systemctl stop systemd-machined
	rm "/run/systemd/machines/$c"
	systemctl start systemd-machined
	wait_for 10 is_machine
	wait_for 5 eval 'same "$c" "$(told_machine)"'
	wait_for 5 logged "registered as machine $c again"
}

@test "another machine keeps its name, and gives it up when it ends" {
	need_machined
	new
	another_machine
	lx-start "$c"
	same other "$(property Service)"
	same none "$(told_machine)"
	logged "systemd-machined has another machine of the name $c, in $other"

	systemctl stop "$other"
	wait_for 10 is_machine
	wait_for 5 eval 'same "$c" "$(told_machine)"'
	lx-stop "$c"
	wait_for 5 is_no_machine

	another_machine
	set_key machine.register yes
	refuses "*another machine of the name $c*" lx-start "$c"
	same other "$(property Service)"
	same STOPPED "$(state)"
}

@test "a machined that hangs delays a start a little, and an end hardly" {
	need_machined
	new
	another_machine # so that machined does not end by itself
	call UnregisterMachine s "$c"
	pkill -STOP -x systemd-machine
	local begin=$SECONDS
	lx-start "$c"
	[ $((SECONDS - begin)) -lt 25 ] # the time that a bus is waited for otherwise
	logged "not registered with systemd-machined: the bus does not answer"

	begin=$SECONDS
	lx-stop -k "$c"
	[ $((SECONDS - begin)) -lt 25 ]
	pkill -CONT -x systemd-machine
	wait_for 20 is_no_machine
}

@test "a host that has no machined is no obstacle" {
	need_machined
	systemctl stop systemd-machined
	masked=systemd-machined
	systemctl mask --runtime -q "$masked"
	started
	lx-stop -k "$c"
	set_key machine.register yes
	fails lx-start "$c"
	systemctl unmask --runtime -q "$masked"
	logged "systemd-machined cannot be asked"
	lx-start "$c"
	wait_for 10 is_machine
}

@test "machinectl bind reaches a privileged container, and nothing gets out" {
	need_machined
	new
	set_key container.privileged yes
	lx-start "$c"
	wait_for 10 is_machine
	mkdir "$dir/bound"
	touch "$dir/bound/there"
	machinectl bind --read-only "$c" "$dir/bound" /mnt
	inside test -e /mnt/there
	fails inside touch /mnt/new

	# not out of the guest by the same way
	same "" "$(inside ls -A /run/host/incoming)"
	fails inside mkdir /run/host/incoming/new
	inside mount -t tmpfs none /run/host/incoming
	inside mkdir /run/host/incoming/new
	same "" "$(ls -A "/run/systemd/nspawn/propagate/$c")"
	fails grep "propagate/$c" /proc/self/mountinfo
	lx-stop -k "$c"
	[ ! -e "/run/systemd/nspawn/propagate/$c" ]
}

@test "files go in and out, and the host has names for its users" {
	need_machined
	registered
	same "0 $(lx-info --format=json "$c" | jq -r .ids | cut -d - -f 1) 65536" "$(tr -s ' ' < "/proc/$(init_pid)/uid_map" | sed 's/^ //')"
	echo text > "$dir/file"
	machinectl copy-to "$c" "$dir/file" /root/file
	same "text 0" "$(inside sh -c 'cat /root/file; stat -c %u /root/file' | paste -sd ' ')"
	machinectl copy-from "$c" /root/file "$dir/back"
	same text "$(cat "$dir/back")"
	! grep -q '^passwd:.*systemd' /etc/nsswitch.conf || [ "${#c}" -gt 20 ] || like "vu-$c-0:*" "$(getent passwd "vu-$c-0")"
}

# ---- images

@test "an image of machinectl is a link, which is gone with the container" {
	need_machined
	new --machine-image
	same "$dir/store/$c/rootfs" "$(readlink "/var/lib/machines/$c")"
	machinectl --no-pager --no-legend list-images | grep -q "^$c *directory"
	same yes "$(lx-config get "$c" machine.image)"
	lx-destroy "$c"
	[ ! -L "/var/lib/machines/$c" ]
}

@test "a link whose container has gone some other way is collected" {
	need_machined
	new --machine-image
	rm -rf --one-file-system "$dir/store/$c"
	lx-gc
	[ ! -L "/var/lib/machines/$c" ]
}

@test "machinectl cannot use or remove an image that runs" {
	need_machined
	new --machine-image
	lx-start "$c"
	fails machinectl remove "$c"
	fails machinectl rename "$c" "$c-other"
	fails systemd-nspawn -q -D "$dir/store/$c/rootfs" /bin/true
	fails systemd-nspawn -q -M "$c" /bin/true
	[ -L "/var/lib/machines/$c" ]
	inside true

	lx-stop -k "$c"
	systemd-nspawn -q -D "$dir/store/$c/rootfs" /bin/true
}

@test "machinectl remove of one that is stopped takes the link, or the files and leaves lx-gc the link" {
	need_machined
	new --machine-image
	machinectl remove "$c"
	if [ ! -L "/var/lib/machines/$c" ]; then
		[ -e "$dir/store/$c/rootfs/bin/sh" ]
		lx-start "$c"
		[ -L "/var/lib/machines/$c" ]
		return
	fi
	[ ! -e "$dir/store/$c/rootfs" ] # systemd follows the link
	refuses "*root file system $dir/store/$c/rootfs: No such file*" lx-start "$c"
	lx-gc
	[ ! -L "/var/lib/machines/$c" ]
	lx-destroy "$c"
}

@test "an image that somebody else has booted is not started" {
	need_machined
	new --machine-image
	mkdir -p /run/systemd/nspawn/locks
	local lock
	lock=/run/systemd/nspawn/locks/inode-$(stat -c %d:%i "$dir/store/$c/rootfs")
	other=other-$c.service
	systemd-run -q --collect --unit="$other" -p Type=notify systemd-nspawn -q --keep-unit --register=no -D "$dir/store/$c/rootfs" /bin/sleep 1000
	[ -e "$lock" ]
	refuses "*: image: systemd uses $dir/store/$c/rootfs as the image $c; see machinectl" lx-start "$c"
	systemctl stop "$other"
	lx-start "$c"
}

@test "an overlay is no image, and says so" {
	refuses "*: systemd takes directories as images: the storage has to be dir" lx-create none -t busybox --machine-image -B overlay
	new
	set_key rootfs.path "overlay:/nonexistent"
	fails set_key machine.image yes || lx-config check "$c" | grep -q "systemd takes directories as images"
}
