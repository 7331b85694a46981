#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The sandbox of the monitor's front, which talks to guest and callers: what somebody could do who had taken it over.

# shellcheck disable=SC2154 # dir, c, payload, ... are lib.bash's
load lib

sandbox_field()
{
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$(front_pid)/status"
}

# attempts [off]: what a process in that sandbox can do, "way yes" or "way no"
attempts()
{
	rm -rf "$dir/try"
	mkdir "$dir/try"
	touch "$dir/try/removable"
	"${top_builddir:-.}/tests/security/sandbox" "$@" "$dir/try" 3>&-
}

@test "from the sandbox nothing is opened, executed, reached or signalled" {
	[ -x "${top_builddir:-.}/tests/security/sandbox" ] || skip "tests/security/sandbox is not built"
	exits 0 attempts || skip "$stderr"
	echo "$output" > "$dir/inside"
	cat "$dir/inside"
	same "memory yes" "$(grep yes "$dir/inside")" # what it needs goes on
	[ ! -e "$dir/try/planted" ]
	[ -e "$dir/try/removable" ]

	# twin: without it, each of them is possible
	attempts off > "$dir/outside"
	cat "$dir/outside"
	same "" "$(grep no$ "$dir/outside")"
	same "$(wc -l < "$dir/inside")" "$(wc -l < "$dir/outside")"
}

@test "the front of a running container has no capability and a filter; with sandbox = no it has" {
	started
	same 0000000000000000 "$(sandbox_field CapEff)"
	same 0000000000000000 "$(sandbox_field CapPrm)"
	same 0000000000000000 "$(sandbox_field CapBnd)"
	same 1 "$(sandbox_field NoNewPrivs)"
	[ "$(sandbox_field Seccomp)" = 2 ] || attempts 2>&1 | grep -F "no libseccomp"
	inside true

	# twin
	lx-stop -k "$c"
	set_key monitor.sandbox no
	lx-start "$c"
	for field in CapEff NoNewPrivs Seccomp; do
		same "$(sed -n "s/^$field:[[:space:]]*//p" /proc/self/status)" "$(sandbox_field $field)"
	done
	inside true
}
