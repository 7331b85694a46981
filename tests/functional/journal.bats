#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Where the monitor logs, and the guest's journal among those of the host. Most of it needs a host with systemd; one Debian guest
# serves the tests of link-journal, whose machine id is given to it anew for each of them.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

setup_file()
{
	file_begin
	[ -n "${dir:-}" ] || return 0
	export journals=/var/log/journal
	sed -i '/^log-target/d' "$LX_CONFIG"
}

# What tests leave in the host's own directory.
teardown()
{
	local id

	[ -z "${c:-}" ] || [ "${BATS_TEST_COMPLETED:-}" = 1 ] || ! command -v journalctl > /dev/null ||
		journalctl "CONTAINER=$c" -o cat --no-pager
	test_end
	for id in ${ids:-}; do
		rm -rf --one-file-system "${journals:?}/$id"
	done
}

need_systemd()
{
	[ -d /run/systemd/system ] || skip "systemd is not process 1 here"
	[ -S /run/systemd/journal/socket ] || skip "there is no journal here"
}

# entries FIELD...: what the journal has of $c, one field of each message in a line
entries()
{
	journalctl --sync
	journalctl "CONTAINER=$c" -o json --no-pager | jq -r "[$(printf '.%s//"-",' "$@" | sed 's/,$//')] | join(\" \")"
}

logged()
{
	entries MESSAGE | grep -qF -- "$1"
}

@test "without systemd the log is a file" {
	[ ! -d /run/systemd/system ] || skip "systemd is process 1 here"
	started
	lx-stop -k "$c"
	grep -q " INFO $c: RUNNING$" "$dir/log/$c.log"
	grep -q " INFO $c: STOPPED$" "$dir/log/$c.log"
}

@test "the journal has fields to filter by, and there is no file" {
	need_systemd
	started
	lx-stop -k "$c"
	entries LX_STATE LX_RUN PRIORITY SYSLOG_IDENTIFIER MESSAGE > "$dir/entries"
	grep -qx "RUNNING 1 6 lx $c: RUNNING" "$dir/entries"
	grep -q "^STOPPED 1 6 lx $c: STOPPED$" "$dir/entries"
	same "$dir/store" "$(entries LX_STORE | sort -u)"
	[ ! -e "$dir/log/$c.log" ]
	same 1 "$(journalctl "CONTAINER=$c" MESSAGE_ID=3ddc9ff9e7ff44fcb995f4e0353abd81 -o cat --no-pager | wc -l)"
	same 1 "$(journalctl "CONTAINER=$c" MESSAGE_ID=f3636d677b4d4055a6702e82daeed731 -o cat --no-pager | wc -l)"
}

@test "a reboot counts the run" {
	need_systemd
	started
	lx-stop -r "$c"
	wait_for 20 eval '[ "$(entries LX_RUN MESSAGE | grep -c " $c: RUNNING$")" = 2 ]'
	entries LX_RUN MESSAGE_ID MESSAGE > "$dir/entries"
	grep -qx "1 a28ccbbec86c4bc0a65dde94950c1e0d $c: reboot" "$dir/entries"
	grep -qx "2 - $c: RUNNING" "$dir/entries"
}

@test "why a start failed is in the journal" {
	need_systemd
	new
	set_key container.init /no/such/init
	refuses "*init*" lx-start "$c"
	entries PRIORITY MESSAGE_ID MESSAGE | grep -q "^3 1b9525ac517445c3b6f7739b53b92c16 $c: .*/no/such/init"
}

@test "a monitor that dies in the middle of a start: where to look" {
	need_systemd
	new
	printf '#!/bin/sh\nkill -9 $PPID\nsleep 5\n' > "$dir/killer"
	chmod 755 "$dir/killer"
	set_key hook.pre-start "$dir/killer"
	refuses "lx-start: $c: *; see journalctl CONTAINER=$c" lx-start "$c"
	logged "$c: STARTING"
}

@test "a file that is named is written beside the journal" {
	need_systemd
	new
	lx-start -o "$dir/log/named" "$c"
	grep -q " INFO $c: RUNNING$" "$dir/log/named"
	logged "$c: RUNNING"
}

@test "lx.conf can have files instead" {
	need_systemd
	sed -i '/^\[defaults\]/a log-target = file' "$LX_CONFIG"
	started
	sed -i '/^log-target/d' "$LX_CONFIG"
	grep -q " INFO $c: RUNNING$" "$dir/log/$c.log"
	fails logged "$c: RUNNING"
}

@test "a journal that is restarted while it runs" {
	need_systemd
	started
	systemctl restart systemd-journald
	lx-freeze "$c"
	wait_for 10 logged "$c: FROZEN"
	same FROZEN "$(state)"
}

# Its socket takes as many messages as it has room for; nobody waits until it has more, and what came then is in a file.
@test "a journal that hangs makes nobody wait" {
	local pid i=0 n

	need_systemd
	n=$(($(< /proc/sys/net/unix/max_dgram_qlen) / 4 + 10)) # of four messages each
	started
	pid=$(systemctl show -p MainPID --value systemd-journald)
	kill -STOP "$pid"
	while [ $i -lt $n ] && timeout 60 lx-freeze "$c" && timeout 60 lx-unfreeze "$c"; do
		i=$((i + 1))
	done
	kill -CONT "$pid"
	same $n $i
	same RUNNING "$(state)"
	wait_for 10 logged "$c: FROZEN"
	grep -q " INFO $c: FROZEN$" "$dir/log/$c.log"
}

# ---- [machine] link-journal

# A Debian guest in $c with a machine id of its own, in $id.
debian()
{
	need_systemd
	[ -d "$journals" ] || skip "the host keeps no journal on disk"
	new_name
	lx-create "$c" -t debian -- --release bookworm > "$dir/create" 2>&1 || {
		grep -qE 'no mirror of Debian|mmdebstrap|unknown template' "$dir/create" || cat "$dir/create" >&2
		skip "no image of Debian, and nothing to build one"
	}
	id=$(tr -d - < /proc/sys/kernel/random/uuid)
	ids="${ids:-} $id"
	set_key container.uuid "${id:0:8}-${id:8:4}-${id:12:4}-${id:16:4}-${id:20}"
}

boot()
{
	lx-start --wait=ready --timeout 300s "$c"
	same "$id" "$(inside cat /etc/machine-id)"
	inside logger -t marker "written by $c"
	inside journalctl --sync
}

# host_sees OPTION...: what the guest wrote, with these options of the host's journalctl
host_sees()
{
	journalctl "$@" -t marker -o cat --no-pager 2>&1 | grep -qx "written by $c"
}

@test "host: the guest writes into the host's directory" {
	local root

	debian
	set_key machine.link-journal host
	boot
	[ -d "$journals/$id" ] && [ ! -L "$journals/$id" ]
	root=$(stat -c %u "$journals/$id")
	same "$(awk '$1 == 0 { print $2 }' "/proc/$(init_pid)/uid_map")" "$root"
	same "$root" "$(stat -c %u "$journals/$id/system.journal")"
	same 0 "$(inside stat -c %u "$journals/$id")"
	inside grep -q " $journals/$id .*nosuid,nodev,noexec" /proc/self/mountinfo
	host_sees -m
	host_sees -D "$journals/$id"

	# what was written outlives the container, as root's
	exits 0 lx-destroy -f "$c"
	host_sees -D "$journals/$id"
	same 0 "$(stat -c %u "$journals/$id")"
}

@test "guest: the host has a link to the guest's own" {
	debian
	set_key machine.link-journal guest
	boot
	[ -L "$journals/$id" ]
	like "$dir/store/$c/*" "$(readlink "$journals/$id")"
	same 0 "$(inside stat -c %u "$journals/$id")"
	host_sees -m
	lx-stop -k "$c"
	host_sees -m

	lx-destroy "$c"
	[ ! -L "$journals/$id" ]
}

@test "auto: only into a directory that is there" {
	debian
	boot
	[ ! -e "$journals/$id" ]
	fails host_sees -m
	lx-stop -k "$c"

	mkdir "$journals/$id"
	boot
	[ -e "$journals/$id/system.journal" ]
	host_sees -m
}

@test "no: nothing, and a link is taken back" {
	debian
	set_key machine.link-journal guest
	boot
	lx-stop -k "$c"
	set_key machine.link-journal no
	mkdir -p "$journals"
	boot
	[ ! -L "$journals/$id" ]
	fails host_sees -m
}

@test "the host's machine id is refused" {
	need_systemd
	[ -d "$journals" ] || skip "the host keeps no journal on disk"
	new
	lx-start "$c"
	inside sh -c 'cat > /etc/machine-id' < /etc/machine-id
	lx-stop -k "$c"
	set_key machine.link-journal host
	refuses "*machine id of the host*" lx-start "$c"
	set_key machine.link-journal auto
	lx-start "$c"
	fails inside test -e "$journals/$(cat /etc/machine-id)"
}

# The guest only has to write down another's id.
@test "a directory of another is not given" {
	need_systemd
	[ -d "$journals" ] || skip "the host keeps no journal on disk"
	new
	id=$(tr -d - < /proc/sys/kernel/random/uuid)
	ids=$id
	mkdir "$journals/$id"
	echo theirs > "$journals/$id/system.journal"
	lx-start "$c"
	inside sh -c "echo $id > /etc/machine-id"
	lx-stop -k "$c"
	set_key machine.link-journal host
	refuses "*$id is not the container's*" lx-start "$c"
	set_key machine.link-journal guest
	refuses "*$id is there and no link*" lx-start "$c"
	set_key machine.link-journal auto
	lx-start "$c"
	fails inside test -e "$journals/$id"
	lx-stop -k "$c"

	# its twin: the same directory when it is nobody's
	rm "$journals/$id/system.journal"
	set_key machine.link-journal host
	lx-start "$c"
	inside test -d "$journals/$id"
}

@test "a start that fails leaves nothing" {
	need_systemd
	[ -d "$journals" ] || skip "the host keeps no journal on disk"
	new
	set_key machine.link-journal host
	set_key network.eth0.type veth
	set_key network.eth0.link nonexistent0
	find "$journals" -maxdepth 1 | sort > "$dir/before"
	refuses "*nonexistent0*" lx-start "$c"
	find "$journals" -maxdepth 1 | sort | diff "$dir/before" -
	[ ! -L "$dir/store/$c/journal" ]
}

@test "journalctl -M reads the guest's" {
	debian
	systemctl cat lx@.service > /dev/null 2>&1 || skip "the units of lx are not installed"
	sed -i.all '/^libexec/d' "$LX_CONFIG" # the installed one, which systemd starts
	boot
	mv "$LX_CONFIG.all" "$LX_CONFIG"
	wait_for 20 host_sees -M "$c" # machined may have been slow
	journalctl -u "lx@*" "CONTAINER=$c" -o cat --no-pager | grep -qx "$c: RUNNING"
}
