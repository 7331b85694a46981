#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# A host with containers is shut down, rebooted and booted: the host is an environment of tests/nested, which this file switches
# off and on from outside. $top_builddir names the build tree.

# shellcheck disable=SC2154 # work, output, ... are lib.bash's
bats_require_minimum_version 1.5.0

setup_file()
{
	local status=0

	# shellcheck source=lib.bash
	. "$BATS_TEST_DIRNAME/lib.bash"
	build=$(readlink -f "${top_builddir:-.}") release=${LX_TEST_RELEASE:-bookworm} view=unified
	images=${LX_TEST_IMAGES:-$build/tests/images}
	work='' nested=''
	export build release view images work nested BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-900}
	nested_up > "$BATS_FILE_TMPDIR/reason" || status=$?
	[ $status != 77 ] || { skipped_file=$(< "$BATS_FILE_TMPDIR/reason"); export skipped_file; return 0; }
	[ $status = 0 ] || return
	bash_inside 'mkdir -p /var/log/journal && systemctl restart systemd-journald
		etc=$(readlink $top_builddir/etc)
		printf "[network eth0]\ntype = empty\n" > $etc/default.conf
		printf "[paths]\nimages = $top_builddir/tests/images\n" > $etc/lx.conf
		for c in db web; do
			lx-create $c -t debian -- --release bookworm > /dev/null || exit
		done
		lx-create tool -t busybox > /dev/null
		lx-config set db start.auto yes
		lx-config set web start.auto yes
		lx-config set web container.after db:ready
		systemctl enable -q lx-autostart.service'
}

teardown_file()
{
	# shellcheck source=lib.bash
	. "$BATS_TEST_DIRNAME/lib.bash"
	nested_down
}

setup()
{
	# shellcheck source=lib.bash
	. "$BATS_TEST_DIRNAME/lib.bash"
	[ -z "${skipped_file:-}" ] || skip "$skipped_file"
}

teardown()
{
	[ "${BATS_TEST_COMPLETED:-}" = 1 ] || nested_bash 'journalctl -q -b -n 40 --no-pager -u "lx*"' || :
}

# Words for bash inside, with the places that lane_command exports.
bash_inside()
{
	nested_bash "$(lane_command "$@")"
}

same()
{
	[ "$1" = "$2" ] || {
		printf 'wanted: %s\ngot:    %s\n' "$1" "$2" >&2
		return 1
	}
}

states()
{
	bash_inside 'for c in db web tool; do lx-info -sH $c; done' | xargs
}

boots()
{
	bash_inside 'for c in db web; do lx-attach $c -- sh -c "tr -d - < /proc/sys/kernel/random/boot_id"; done'
}

# The guests' journals are kept from now on.
keep_journals()
{
	bash_inside 'for c in db web; do lx-attach $c -- sh -ec "mkdir -p /var/log/journal; systemctl restart systemd-journald"; done'
}

# ended_clean NAME BOOT: that boot of the guest had an orderly end
ended_clean()
{
	bash_inside "lx-attach $1 -- journalctl -q -b $2 -o cat" > "$BATS_TEST_TMPDIR/journal"
	same "Journal stopped" "$(tail -n 1 "$BATS_TEST_TMPDIR/journal")"
	grep -q 'Reached target.*Shutdown' "$BATS_TEST_TMPDIR/journal"
}

# When systemd said TEXT of a unit in the boot before, in microseconds.
time_of()
{
	bash_inside "journalctl -q -b ${3:--1} -o json -u '$1'" |
		jq -r "select(.MESSAGE | startswith(\"$2\")) | .__MONOTONIC_TIMESTAMP" | tail -n 1
}

@test "at boot, lx-autostart.service starts those that want it, each after what it needs" {
	same "STOPPED STOPPED STOPPED" "$(states)"
	outer stop -r "$nested"
	outer wait "$nested" -s READY -t 300
	same "running" "$(bash_inside systemctl is-system-running --wait)"
	same "RUNNING RUNNING STOPPED" "$(states)"
	same "active active" "$(bash_inside systemctl is-active lx@db lx@web | xargs)"
	[ "$(time_of lx@db.service Started 0)" -lt "$(time_of lx@web.service Started 0)" ]
}

@test "a shutdown of the host is a clean one of its containers, however they were started" {
	keep_journals
	bash_inside 'lx-start tool; systemctl stop lx@web; lx-start --wait=ready web'
	mapfile -t boot < <(boots)
	same "RUNNING RUNNING RUNNING" "$(states)"

	SECONDS=0
	outer stop "$nested"
	[ "$SECONDS" -lt 80 ] # nothing has waited for container.stop-timeout, 90 s
	outer start "$nested" --wait=ready --timeout 300s
	ended_clean db "${boot[0]}"
	ended_clean web "${boot[1]}"
	bash_inside 'journalctl -q -b -1 -o cat -u "lx@*"' > "$BATS_TEST_TMPDIR/journal"
	run ! grep -iE 'kill(ing|ed)|timed out|failed' "$BATS_TEST_TMPDIR/journal"
	# the one that needs the other went first
	[ "$(time_of lx@web.service Stopped)" -lt "$(time_of lx@db.service Stopped)" ]
}

@test "so is a reboot of the host, by systemctl inside" {
	keep_journals
	mapfile -t boot < <(boots)
	id=$(bash_inside cat /proc/sys/kernel/random/boot_id)
	bash_inside systemctl reboot || :
	for _ in $(seq 1500); do
		now=$(bash_inside cat /proc/sys/kernel/random/boot_id 2> /dev/null) && [ -n "$now" ] && [ "$now" != "$id" ] && break
		sleep 0.2
	done
	outer wait "$nested" -s READY -t 300
	same "running" "$(bash_inside systemctl is-system-running --wait)"
	ended_clean db "${boot[0]}"
	ended_clean web "${boot[1]}"
	same "RUNNING RUNNING STOPPED" "$(states)"
}

@test "dbus that is gone does not keep the containers from a clean shutdown" {
	keep_journals
	mapfile -t boot < <(boots)
	bash_inside 'systemctl stop dbus.socket dbus.service'
	outer stop "$nested"
	outer start "$nested" --wait=ready --timeout 300s
	ended_clean db "${boot[0]}"
	ended_clean web "${boot[1]}"
}

@test "nothing is left of what ran before" {
	outer stop "$nested"
	outer start "$nested" --wait=ready --timeout 300s
	same "running" "$(bash_inside systemctl is-system-running --wait)"
	same "" "$(bash_inside systemctl --failed --no-legend --plain)"
	bash_inside 'for c in web db tool; do lx-stop $c; done' || :
	same "" "$(bash_inside 'pgrep -x lx-monitord')"
	bash_inside 'for c in db web tool; do lx-destroy -f $c; done'
}
