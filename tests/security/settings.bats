#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Keys of [security] that close or open single things.

# shellcheck disable=SC2154 # dir, c, payload, ... are lib.bash's
load lib

# refused_by_name NAME: as a sysctl of $c
refused_by_name()
{
	set_key security.sysctl "$1=1"
	refuses "lx-start: $c: *sysctl $1 *$dir/store/$c/config:*" lx-start "$c"
	lx-config unset "$c" security.sysctl
}

@test "a sysctl of a namespace is the container's, and not the host's" {
	for kind in "" privileged; do
		attacker $kind
		before=$(cat /proc/sys/kernel/shmmni /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_default_ttl)
		lx-config set --add "$c" security.sysctl net.ipv4.ip_default_ttl=77
		lx-config set --add "$c" security.sysctl kernel.shmmni=99
		lx-config set --add "$c" security.sysctl kernel.domainname=example.org
		lx-start "$c"
		same "77 99 example.org" "$(inside cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/shmmni /proc/sys/kernel/domainname | tr '\n' ' ' | sed 's/ $//')"
		same "$before" "$(cat /proc/sys/kernel/shmmni /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_default_ttl)"
	done

	# twin: in a namespace of the host it is the host's
	lx-stop -k "$c"
	lx-config unset "$c" security.sysctl
	set_key namespace.ipc host
	lx-start "$c"
	same "$(cat /proc/sys/kernel/shmmni)" "$(inside cat /proc/sys/kernel/shmmni)"
}

@test "a sysctl of the host is refused by name" {
	before=$(cat /proc/sys/vm/swappiness)
	attacker
	refused_by_name vm.swappiness
	refused_by_name kernel.core_pattern
	set_key namespace.ipc host
	refused_by_name kernel.shmmni
	same "$before" "$(cat /proc/sys/vm/swappiness)"

	# twin: the same one, in a namespace of the container's
	lx-config unset "$c" namespace.ipc
	set_key security.sysctl kernel.shmmni=77
	lx-start "$c"
	same 77 "$(inside cat /proc/sys/kernel/shmmni)"
}

@test "a value that the kernel refuses ends the start, with nothing left" {
	attacker
	set_key security.sysctl net.ipv4.ip_default_ttl=many
	refuses "lx-start: $c: sysctl: sysctl net.ipv4.ip_default_ttl=many: Invalid argument" lx-start "$c"
	gone

	# twin: one that it takes
	set_key security.sysctl net.ipv4.ip_default_ttl=9
	lx-start "$c"
	same 9 "$(inside cat /proc/sys/net/ipv4/ip_default_ttl)"
}

@test "oom-score-adj is what the configuration says, not the caller's" {
	attacker
	(
		echo 300 > /proc/self/oom_score_adj
		lx-start "$c"
	)
	same 0 "$(inside cat /proc/1/oom_score_adj)"
	lx-stop -k "$c"
	set_key security.oom-score-adj 500
	lx-start "$c"
	same 500 "$(inside cat /proc/1/oom_score_adj)"
	fails lx-config set "$c" security.oom-score-adj 1001

	# twin: any other process inherits it
	same 300 "$(echo 300 > /proc/self/oom_score_adj && cat /proc/self/oom_score_adj)"
}

@test "oom-score-adj can protect a container, too" {
	attacker
	(echo -500 > /proc/self/oom_score_adj) 2> /dev/null || skip "we may not protect processes here"
	lx-start -s security.oom-score-adj=-500 "$c"
	same -500 "$(inside cat /proc/1/oom_score_adj)"

	# twin: without the key it is not
	lx-stop -k "$c"
	lx-start "$c"
	same 0 "$(inside cat /proc/1/oom_score_adj)"
}

@test "masked and read-only paths of the configuration hold" {
	attacker
	echo secret > "$dir/secret"
	plant "$dir/secret" /srv/secret 644
	plant "$dir/secret" /srv/dir/secret 644
	lx-config set --add "$c" security.masked-paths /srv/secret
	lx-config set --add "$c" security.masked-paths /nowhere
	lx-config set --add "$c" security.read-only-paths /srv/dir
	lx-start "$c"
	same "" "$(inside cat /srv/secret)"
	same secret "$(inside cat /srv/dir/secret)"
	fails sh_inside "echo x > /srv/dir/secret"

	# twin
	lx-stop -k "$c"
	lx-config unset "$c" security.masked-paths
	lx-config unset "$c" security.read-only-paths
	lx-start "$c"
	same secret "$(inside cat /srv/secret)"
	sh_inside "echo x > /srv/dir/secret"
}

score()
{
	lx-audit "$c" | awk '$1 == "score" { print $2 }'
}

@test "lx-audit's score goes down when a layer is switched off" {
	attacker
	best=$(score)
	set_key security.seccomp none
	[ "$(score)" -lt "$best" ]
	set_key security.seccomp default # the twin: on again
	same "$best" "$(score)"
	set_key container.privileged yes
	[ "$(score)" -lt "$best" ]
	exits 1 lx-audit --at-least="$best" "$c"
}
