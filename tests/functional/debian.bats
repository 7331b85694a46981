#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Guests of the debian template, booted by their systemd. Two of them, on a bridge, serve most tests.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

setup_file()
{
	file_begin
	[ -n "${dir:-}" ] || return 0
	lx-create -t debian --help > /dev/null 2>&1 || { skip_file "built without Lua"; return; }
	command -v mmdebstrap > /dev/null || command -v debootstrap > /dev/null || { skip_file "mmdebstrap is not installed"; return; }
	export BATS_TEST_TIMEOUT=1200
	need_bridge
	export web=web$tag db=db$tag
	export kept="$web $db"
	debian "$web" --release bookworm
	debian "$db" --release bookworm
	[ -z "${skipped_file:-}" ] || return 0
	lx-start --wait=ready --timeout 300s "$web"
	lx-start --wait=ready --timeout 300s "$db"
}

setup()
{
	test_begin
	c=$web
	wait_for 30 state_is RUNNING
}

# debian NAME TEMPLATE-OPTION...: skips where this host knows no archive
debian()
{
	local name=$1
	shift

	lx-create "$name" -t debian -- "$@" > "$dir/create" 2>&1 && return
	if grep -q 'no mirror of Debian is known' "$dir/create"; then
		skip_file "this host's apt names no archive of Debian"
		return 0
	fi
	cat "$dir/create" >&2
	return 1
}

# booted NAME: nothing failed
booted()
{
	local r=0

	output=$(lx-attach "$1" -- systemctl is-system-running --wait) || r=$?
	same running "$output" || lx-attach "$1" -- systemctl --failed --no-pager >&2
	same "" "$(lx-attach "$1" -- systemctl --failed --no-legend --plain)"
	return $r
}

# The address on the bridge's network that DHCP gave.
address()
{
	lx-info -iH "$1" | grep "^$network\."
}

has_address()
{
	[ -n "$(address "$1")" ]
}

boot_number()
{
	lx-attach "$1" -- cat /proc/sys/kernel/random/boot_id
}

# booted_again NAME NUMBER: it runs another boot than that, and is ready
booted_again()
{
	local now

	now=$(boot_number "$1") && [ -n "$now" ] && [ "$now" != "$2" ] && lx-wait -s READY -t 300 "$1"
}

@test "it boots, and no unit has failed" {
	booted "$web"
	booted "$db"
	like "*\"ready\": true*" "$(lx-info --format=json "$web")"
}

@test "probes are asked when systemd has booted, and can ask systemd" {
	lx-stop "$db"
	lx-config set "$db" ready.target.command "/usr/bin/systemctl is-active -q multi-user.target"
	lx-config set "$db" ready.boot.command "/bin/sh -c 'systemctl is-system-running --wait'"
	lx-start --wait=ready --timeout 300s "$db"
	lx-config unset "$db" ready.target
	lx-config unset "$db" ready.boot
	booted "$db"
}

@test "systemd knows where it is" {
	same container-other "$(inside systemd-detect-virt)" # it has no word for lx
	same lx "$(inside cat /run/systemd/container)"
	same bookworm "$(inside sh -c '. /etc/os-release; echo $VERSION_CODENAME')"
	same "$web" "$(inside hostname)"
	[ "$(boot_number "$web")" != "$(boot_number "$db")" ]
	[ "$(boot_number "$web")" != "$(cat /proc/sys/kernel/random/boot_id)" ]
	# an id of its own, the same on each boot
	[ "$(inside cat /etc/machine-id)" != "$(lx-attach "$db" -- cat /etc/machine-id)" ]
	like "????????????????????????????????" "$(inside cat /etc/machine-id)"
}

@test "an address by DHCP" {
	wait_for 20 has_address "$web"
	wait_for 20 has_address "$db"
	[ "$(address "$web")" != "$(address "$db")" ]
	lx-net status | grep -F "$(address "$web")" | grep -q "$web"
	lx-ls -f | grep "$web" | grep -qF "$(address "$web")"
}

@test "a neighbour has a name, and answers" {
	wait_for 20 has_address "$web"
	wait_for 20 has_address "$db"
	wait_for 10 inside ping -c 1 -W 1 "$db"
	same "$(address "$db")" "$(inside getent ahostsv4 "$db" | awk 'NR == 1 { print $1 }')"
	inside ping -c 1 -W 20 "$db.lx"
	inside ping -c 1 -W 20 "$network.1"
	fails inside getent hosts no-such-neighbour.lx
}

@test "services start, logs are kept, users' limits work" {
	inside systemd-run --wait -q --pipe sh -c 'echo "from a unit"' | grep -q 'from a unit'
	inside systemd-run --wait -q -p PrivateTmp=yes -p ProtectSystem=strict -p ProtectHome=yes -p NoNewPrivileges=yes true
	inside systemd-run --wait -q -p DynamicUser=yes true
	same 100 "$(inside systemd-run --wait -q --pipe -p LimitNOFILE=100 sh -c 'ulimit -n')"
	inside logger -t mark "written by the test"
	inside journalctl --sync
	inside journalctl -q -t mark -o cat | grep -q "written by the test"
}

@test "a reboot from inside" {
	before=$(boot_number "$web")
	monitor=$(monitor_pid)
	inside systemctl reboot || : # it may be killed before it has ended
	wait_for 60 booted_again "$web" "$before"
	booted "$web"
	same "$monitor" "$(monitor_pid)"
	wait_for 20 has_address "$web"
}

@test "lx-stop -r" {
	before=$(boot_number "$web")
	lx-stop -r "$web"
	wait_for 1 booted_again "$web" "$before"
	booted "$web"
}

@test "lx-stop is a clean shutdown, poweroff inside as well" {
	# so that the journal outlives the boot
	inside mkdir -p /var/log/journal
	inside systemctl restart systemd-journald
	id=$(boot_number "$web" | tr -d -)
	lx-stop -t 120 "$web"
	same STOPPED "$(state)"
	gone
	lx-start --wait=ready --timeout 300s "$web"
	inside journalctl -q -b "$id" -o cat > "$dir/journal"
	same "Journal stopped" "$(tail -n 1 "$dir/journal")"
	grep -q 'Reached target.*Shutdown' "$dir/journal"

	inside systemctl poweroff || :
	lx-wait "$web" -s STOPPED -t 120
	gone
	lx-start --wait=ready --timeout 300s "$web"
	booted "$web"
}

@test "SIGTERM to its monitor is a clean shutdown" {
	kill -TERM "$(monitor_pid)"
	lx-wait "$web" -s STOPPED -t 120
	fails grep -i 'did not stop in time' "$dir/log/$web.log"
	lx-start --wait=ready --timeout 300s "$web"
}

@test "frozen and thawed it goes on" {
	lx-freeze "$web"
	same FROZEN "$(state)"
	lx-unfreeze "$web"
	booted "$web"
}

@test "a login on the console" {
	wait_for 15 eval 'lx-console --log "$web" | grep -q "login:"'
}

@test "the cgroup views that this host can give" {
	new_name
	debian "$c" --release bookworm
	for view in legacy hybrid unified; do
		set_key cgroup.view "$view"
		if ! lx-start --wait=ready --timeout 300s "$c" 2> "$dir/stderr"; then
			# refused by name, not a boot that hangs
			grep "view" "$dir/stderr" || {
				cat "$dir/stderr" >&2
				return 1
			}
			echo "# view $view: $(cat "$dir/stderr")" >&3
			continue
		fi
		booted "$c"
		case $view in
		unified) same cgroup2fs "$(inside stat -f -c %T /sys/fs/cgroup)" ;;
		*) inside test -d /sys/fs/cgroup/systemd ;;
		esac
		lx-stop -t 120 "$c"
		fails grep -i 'did not stop in time' "$dir/log/$c.log"
	done
}

@test "privileged" {
	new_name
	debian "$c" --release bookworm
	set_key container.privileged yes
	lx-start --wait=ready --timeout 300s "$c"
	booted "$c"
	same "0 0 4294967295" "$(inside cat /proc/self/uid_map | xargs)"
	wait_for 20 has_address "$c"
	lx-stop -t 120 "$c"
	fails grep -i 'did not stop in time' "$dir/log/$c.log"
}

@test "with a read-only root file system it is told so, not broken" {
	new_name
	debian "$c" --release bookworm
	set_key rootfs.read-only yes
	set_key mount.var.target var
	set_key mount.var.type tmpfs
	lx-start --wait=ready --timeout 300s "$c"
	fails inside touch /usr/mark
	lx-stop -t 120 "$c"
}

@test "trixie" {
	new_name
	debian "$c" --release trixie
	lx-start --wait=ready --timeout 300s "$c"
	same trixie "$(inside sh -c '. /etc/os-release; echo $VERSION_CODENAME')"
	booted "$c"
	wait_for 20 has_address "$c"
	wait_for 10 inside ping -c 1 -W 1 "$web"
	before=$(boot_number "$c")
	inside systemctl reboot || :
	wait_for 60 booted_again "$c" "$before"
	booted "$c"
	lx-stop -t 120 "$c"
	fails grep -i 'did not stop in time' "$dir/log/$c.log"
}

@test "sysvinit" {
	new_name
	debian "$c" --release bookworm --init sysvinit
	lx-start "$c"
	wait_for 20 eval 'lx-console --log "$c" | grep -q "login:"'
	like "init \[2\]*" "$(inside ps -o args= -p 1)"
	fails eval 'lx-console --log "$c" | grep -i "failed!"'
	wait_for 20 has_address "$c"
	wait_for 10 inside ping -c 1 -W 1 "$web"

	before=$(boot_number "$c")
	lx-console --log --clear "$c" > /dev/null
	lx-stop -r "$c"
	[ "$(boot_number "$c")" != "$before" ]
	wait_for 20 eval 'lx-console --log "$c" | grep -q "runlevel 2"'
	inside halt || :
	lx-wait "$c" -s STOPPED -t 120
	lx-start "$c"
	wait_for 20 has_address "$c"
	lx-stop -t 120 "$c"
	fails grep -i 'did not stop in time' "$dir/log/$c.log"
}
