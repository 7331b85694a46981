#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# lx-attach and lx-console on a busybox guest. "script" is the user's terminal.

bats_require_minimum_version 1.5.0

setup_file()
{
	# bats up to 1.8 cannot skip here: setup() does it for each test
	[ "$(id -u)" = 0 ] && command -v busybox > /dev/null && command -v script > /dev/null || return 0

	dir=$(mktemp -d "${BATS_TMPDIR:-/tmp}/lx-attach.XXXXXX")
	name=attach$$
	export dir name LX_CONFIG=$dir/lx.conf BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-600}
	lx=${top_builddir:-.}/lx
	export lx
	cat > "$LX_CONFIG" <<-END
		[paths]
		containers = $dir/store
		images = $dir/images
		run = $dir/run
		log = $dir/log
		templates = ${top_srcdir:-.}/templates
		share = ${top_srcdir:-.}
		libexec = ${top_builddir:-.}/src/libexec
		config = $dir
	END
	printf '[network eth0]\ntype = empty\n' > "$dir/default.conf"
	"$lx" create "$name" -t busybox > /dev/null
	"$lx" start "$name"
}

setup()
{
	[ -n "${name:-}" ] || skip "needs root, busybox and script"
}

teardown_file()
{
	[ -n "${name:-}" ] || return 0
	"$lx" stop -k "$name"
	"$lx" destroy "$name"
	rm -rf "$dir"
}

attach()
{
	"$lx" attach "$name" -- "$@"
}

# on_terminal COMMAND...: runs it on a terminal, where type_after types; the exit code is the command's
on_terminal()
{
	local status=0

	rm -f "$dir/keys" "$dir/screen"
	mkfifo "$dir/keys" # opened for both: no end of input, which script(1) would type
	script -qec "$*" /dev/null <> "$dir/keys" > "$dir/screen" || status=$?
	cat "$dir/screen"
	return $status
}

# typing_after TEXT KEYS [TEXT KEYS...] -- COMMAND...: on_terminal, and KEYS are typed when the screen shows TEXT
typing_after()
{
	local pairs=()

	while [ "$1" != -- ]; do
		pairs+=("$1" "$2")
		shift 2
	done
	shift
	rm -f "$dir/screen"
	type_after "${pairs[@]}" 3>&- &
	on_terminal "$@"
}

type_after()
{
	local keys

	while [ $# -gt 0 ]; do
		wait_until grep -qs -- "$1" "$dir/screen" || return
		# shellcheck disable=SC2059
		keys=$(printf "$2x")
		printf %s "${keys%x}" > "$dir/keys"
		shift 2
	done
}

# A safety net: it does not take long.
wait_until()
{
	for _ in $(seq 600); do
		! "$@" || return 0
		sleep 0.1
	done
	printf 'waited in vain for: %s\n' "$*" >&2
	return 1
}

@test "the exit code is the command's" {
	attach true
	run attach sh -c 'exit 7'
	[ "$status" -eq 7 ]
	run attach sh -c 'kill -TERM $$'
	[ "$status" -eq 143 ]
}

@test "a command that cannot be executed gives 126, one that is not there 127, with the reason" {
	run -127 attach no-such-command
	[[ "$output" == *"no-such-command"*"PATH="* ]]
	run -126 attach /etc/passwd
	[[ "$output" == *"/etc/passwd: Permission denied"* ]]
}

@test "streams pass byte for byte" {
	head -c 300000 /dev/urandom > "$dir/bytes"
	attach cat < "$dir/bytes" | cmp - "$dir/bytes"
	attach sh -c 'cat > /dev/null; echo out; echo err >&2' < "$dir/bytes" > "$dir/out" 2> "$dir/err"
	[ "$(cat "$dir/out")" = out ]
	[ "$(cat "$dir/err")" = err ]
}

@test "the command is in every namespace and group of the container" {
	# all but the time namespace, which this container shares with the host
	run attach sh -c 'for n in cgroup ipc mnt net pid user uts; do
		[ "$(readlink /proc/self/ns/$n)" = "$(readlink /proc/1/ns/$n)" ] || echo "not $n"; done
		sed "s,/\.lx\$,/," /proc/self/cgroup | cmp /proc/1/cgroup -' # doc/CGROUPS has the reason for .lx
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "the command has the container's capabilities and filter, not the host's" {
	run attach sh -c 'for k in CapBnd CapEff Seccomp NoNewPrivs; do
		[ "$(grep "^$k:" /proc/self/status)" = "$(grep "^$k:" /proc/1/status)" ] || echo "$k differs"; done'
	[ -z "$output" ]
}

@test "no descriptor of the host is left, none but the streams" {
	# the shell opens one for the glob
	run attach sh -c 'cd /proc/self/fd && echo *'
	[ "$output" = "0 1 2 3" ]
}

@test "the environment is clean unless asked for" {
	run env -i PATH="$PATH" LX_CONFIG="$LX_CONFIG" SECRET=x KEPT=y TERM=vt100 "$lx" attach "$name" \
		--keep-var KEPT -v SET=z -- busybox env
	[ "$(sort <<< "$output" | tr '\n' ' ')" = \
"HOME=/root KEPT=y LOGNAME=root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SET=z SHELL=/bin/sh \
TERM=vt100 USER=root container=lx " ]
}

@test "user, groups and directory can be chosen" {
	run "$lx" attach "$name" -u 1234 -g 4321 -G 7 --work-dir /etc -- sh -c 'id -u; id -G; pwd; cat /proc/self/status'
	[ "${lines[0]}" = 1234 ]
	[ "${lines[1]}" = "4321 7" ]
	[ "${lines[2]}" = /etc ]
	[[ "$output" == *"CapEff:"*"0000000000000000"* ]]
	run "$lx" attach "$name" --work-dir /no/such -- true
	[ "$status" -ne 0 ]
	[[ "$output" == *"/no/such of the container: No such file"* ]]
}

@test "a terminal is a pty of the container, owned by its root" {
	run on_terminal "$lx" attach "$name" -- sh -c "'tty; stat -c %u:%g \$(tty); exit 3'"
	[ "$status" -eq 3 ]
	[[ "${lines[0]}" == /dev/pts/* ]]
	[[ "${lines[1]}" == 0:5* ]]
}

@test "keys reach the command, control-c included" {
	run typing_after '# ' 'echo a$((1+1))b\rexit 6\r' -- "$lx" attach "$name"
	[ "$status" -eq 6 ]
	[[ "$output" == *a2b* ]]
	run typing_after there '\003' -- "$lx" attach "$name" -- sh -c "'echo there; exec sleep 300'"
	[ "$status" -eq 130 ]
}

@test "what is typed ahead is not lost" {
	run script -qec "$lx attach $name -- sh -c 'sleep 0.3; read x; echo got \$x'" /dev/null <<< early
	[[ "$output" == *"got early"* ]]
}

@test "long output arrives whole on a terminal" {
	run on_terminal "$lx" attach "$name" -- seq 1 50000
	[ "$status" -eq 0 ]
	[ "$(tr -d '\r' <<< "$output" | cksum)" = "$(seq 1 50000 | cksum)" ]
}

@test "each stream is a terminal or not on its own" {
	run on_terminal "$lx attach $name -- sh -c 'tty; test -t 1 || echo no > /dev/stderr' > $dir/out < /dev/null"
	[ "$(tr -d '\r' < "$dir/out")" = "not a tty" ]
	[[ "$output" == no* ]]
}

@test "a terminating signal goes to the command" {
	"$lx" attach "$name" -- sh -c 'trap "exit 7" TERM; touch /run/waits; while :; do sleep 0.1; done' 3>&- &
	local pid=$! code=0
	wait_until attach test -e /run/waits
	kill "$pid"
	wait "$pid" || code=$?
	[ "$code" -eq 7 ]
}

sleeps()
{
	pgrep -f "^sleep 4321.${name#attach}\$"
}

@test "the command does not outlive a killed lx-attach" {
	! grep -qs Y /sys/module/apparmor/parameters/enabled || skip "the kernel forgets the death signal when AppArmor labels the command"
	"$lx" attach "$name" -- sleep "4321.${name#attach}" 3>&- &
	local pid=$!
	wait_until sleeps
	kill -KILL "$pid"
	wait "$pid" || true
	wait_until eval '! sleeps'
}

@test "who is no longer attached leaves nothing in the way of a stop" {
	attach sh -c 'sleep 600 > /dev/null 2>&1 < /dev/null &'
	"$lx" stop -k "$name"
	"$lx" start "$name"
}

@test "the console reaches the guest and lets go at the escape sequence" {
	# the prompt comes after a key, what the shell says after the next ones
	run typing_after 'leaves it' '\r' '# ' 'echo c$((3+4))d\r' c7d '\001q' -- "$lx" console "$name"
	[ "$status" -eq 0 ]
	[[ "$output" == *c7d* ]]
	run "$lx" console --log "$name"
	[[ "$output" == *c7d* ]]
	"$lx" console --log --clear "$name" > /dev/null
	run "$lx" console --log "$name"
	[[ "$output" != *c7d* ]]
}

@test "there is nothing to attach to when the container is stopped" {
	"$lx" stop -k "$name"
	run attach true
	[ "$status" -eq 1 ]
	[[ "$output" == *"not running"* ]]
	"$lx" start "$name"
}
