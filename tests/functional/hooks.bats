#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The sample hooks, run as lx runs them.

setup()
{
	hooks=${top_srcdir:-.}/hooks
	export LX_NAME=web LX_STAGE=start-host
}

@test "notify prints where there is no log" {
	[ ! -S /dev/log ] && [ ! -S /run/systemd/journal/stdout ] || skip "this host has a system log"
	[ "$("$hooks/notify")" = "web: start-host" ]
	[ "$(LX_STAGE=stop LX_TARGET=reboot "$hooks/notify" --priority warning)" = "web: stop (reboot)" ]
	[ "$(LX_STAGE=clone LX_SOURCE_NAME=old "$hooks/notify")" = "web: clone (from old)" ]
}

@test "wait-for-mount lets a mount point pass" {
	"$hooks/wait-for-mount" /proc
	"$hooks/wait-for-mount" --wait 5 /proc /sys
}

@test "wait-for-mount refuses what is none" {
	run "$hooks/wait-for-mount" /proc /etc
	[ "$status" -eq 1 ]
	[ "$output" = "/etc is not a mount point" ]
	run "$hooks/wait-for-mount" --wait 1 "$BATS_TMPDIR/does not exist"
	[ "$status" -eq 1 ]
	[[ $output == *"does not exist is not a mount point" ]]
}

@test "hooks refuse a configuration that says nothing" {
	run "$hooks/wait-for-mount"
	[ "$status" -eq 2 ]
	run "$hooks/wait-for-mount" --wait soon /proc
	[ "$status" -eq 2 ]
	run "$hooks/port-forward"
	[ "$status" -eq 2 ]
	run "$hooks/port-forward" 10.0.5.20 tcp:0:80
	[ "$status" -eq 2 ]
	run "$hooks/port-forward" "10.0.5.20;x" tcp:1:80
	[ "$status" -eq 2 ]
	run env -u LX_NAME "$hooks/notify"
	[ "$status" -ne 0 ]
}

@test "port-forward replaces and removes its own table" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	command -v nft > /dev/null || skip "nft is not installed"
	run unshare -n sh -ec '
		LX_NAME=a-b.c "$0" 10.0.5.20 tcp:8080:80
		LX_NAME=a-b.c "$0" 10.0.5.20 tcp:8081:80 udp:53:53
		nft list table ip lxport_a_b__c
		LX_NAME=a-b.c LX_STAGE=post-stop "$0"
		LX_NAME=a-b.c LX_STAGE=post-stop "$0"
		nft list tables' "$hooks/port-forward"
	[ "$status" -eq 0 ]
	[[ $output == *"tcp dport 8081 dnat to 10.0.5.20:80"* ]]
	[[ $output == *"udp dport 53 dnat to 10.0.5.20:53"* ]]
	[[ $output != *8080* ]]
	[[ ${lines[-1]} == "}" ]]
}
