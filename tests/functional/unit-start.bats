#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Where systemd is process 1 and lx is installed, the monitor runs as lx@INSTANCE.service: started by lx-start, by systemctl, by
# lx-autostart; stopped by all of them.

# shellcheck disable=SC2154 # dir, c, stderr are lib.bash's
load lib

setup_file()
{
	[ -d /run/systemd/system ] || { skip_file "systemd does not run here"; return; }
	file_begin
	[ -n "${dir:-}" ] || return 0
	systemctl cat lx@x.service > /dev/null 2>&1 || skip_file "lx is not installed: systemd knows no lx@.service"
	installed || skip_file "the commands are those of a build tree, the unit's monitor is an installed one"
}

teardown_file()
{
	rm -rf "/run/systemd/system/lx@.service.d"
	[ ! -d /run/systemd/system ] || systemctl daemon-reload
	file_end
}

# The instance of $c: these containers are of an lx.conf of their own.
unit_of()
{
	local pid=${1:-$(monitor_pid)}

	sed -n 's|.*/\(lx@[^/]*\.service\).*|\1|p' "/proc/$pid/cgroup" | head -n 1
}

property()
{
	systemctl show --value -p "$2" "$1"
}

# unit_is STATE UNIT
unit_is()
{
	[ "$(property "$2" ActiveState)" = "$1" ]
}

# status_is GLOB: of $unit
status_is()
{
	like "$1" "$(property "$unit" StatusText)"
}

# A container of the host's own store, which systemctl can name; it is gone after the test.
host_new()
{
	new_name
	LX_CONFIG="" lx-create "$c" -t busybox > "$dir/create" 2>&1 || {
		cat "$dir/create" >&2
		return 1
	}
	LX_CONFIG="" lx-config set "$c" network.eth0.type empty
	unit=lx@$c.service
}

host()
{
	LX_CONFIG="" "$@"
}

teardown()
{
	if [ -n "${unit:-}" ]; then
		host lx-destroy -f "$c" || :
		systemctl reset-failed "$unit" 2> /dev/null || :
	fi
	test_end
}

@test "lx-start: a unit, below machine.slice, whatever session it is typed in" {
	started
	u=$(unit_of)
	like "lx@${c}_*.service" "$u"
	same active "$(property "$u" ActiveState)"
	same "$(monitor_pid)" "$(property "$u" MainPID)"
	like "/machine.slice/lx@${c}_*" "$(property "$u" ControlGroup)"
	same "" "$(pgrep -f -- "lx-monitord $dir" || :)"
	lx-stop "$c"
	wait_for 5 unit_is inactive "$u"
	same success "$(property "$u" Result)"
}

@test "the same container by hand: [systemd] units = no" {
	new
	cp "$LX_CONFIG" "$dir/kept"
	printf '[systemd]\nunits = no\n' >> "$LX_CONFIG"
	lx-start "$c"
	cp "$dir/kept" "$LX_CONFIG"
	same "" "$(unit_of)"
}

@test "systemctl start, status, stop: the default run of the host's store" {
	host_new
	systemctl start "$unit"
	same RUNNING "$(host lx-info -sH "$c")"
	wait_for 5 status_is "*Running*"
	systemctl stop "$unit"
	same STOPPED "$(host lx-info -sH "$c")"
	same "inactive success" "$(property "$unit" ActiveState) $(property "$unit" Result)"
}

@test "lx-start and systemctl mean the same unit" {
	host_new
	host lx-start "$c"
	same active "$(property "$unit" ActiveState)"
	systemctl start "$unit"
	systemctl stop "$unit"
	same STOPPED "$(host lx-info -sH "$c")"
	systemctl start "$unit"
	host lx-stop "$c"
	wait_for 5 unit_is inactive "$unit"
	same success "$(property "$unit" Result)"
}

@test "ten times up and down, one right after the other" {
	new
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		lx-start "$c"
		lx-stop -k "$c"
	done
	host_new
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		systemctl start "$unit"
		host lx-stop -k "$c"
	done
}

@test "lx-start while the unit is still on its way down" {
	new
	mkdir -p "/run/systemd/system/lx@.service.d"
	printf '[Service]\nExecStopPost=sh -c "until [ -e %s/go ]; do sleep 0.1; done"\n' "$dir" > "/run/systemd/system/lx@.service.d/test.conf"
	systemctl daemon-reload
	lx-start "$c"
	u=$(unit_of)
	lx-stop "$c"
	same deactivating "$(property "$u" ActiveState)"
	(sleep 1; touch "$dir/go") 3>&- &
	lx-start "$c"
	[ -e "$dir/go" ]
	same active "$(property "$u" ActiveState)"
	rm -r "/run/systemd/system/lx@.service.d"
	systemctl daemon-reload
}

# starting COMMAND...: it starts $c of the host, and is held there by a hook; its process is $job.
starting()
{
	printf '#!/bin/sh\ntouch %s\nuntil [ -e %s ]; do sleep 0.05; done\n' "$dir/reached" "$dir/go" > "$dir/hold"
	chmod 755 "$dir/hold"
	rm -f "$dir/reached" "$dir/go"
	host lx-config set "$c" hook.pre-start "$dir/hold"
	"$@" > "$dir/out" 2>&1 3>&- &
	job=$!
	wait_for 30 [ -e "$dir/reached" ]
}

@test "a unit that is stopped while it starts has not failed" {
	local start stop

	host_new
	for start in "systemctl start $unit" "host lx-start $c"; do
		for stop in "systemctl stop $unit" "host lx-stop $c"; do
			# shellcheck disable=SC2086 # they are commands
			starting $start
			$stop
			wait "$job" || same "host lx-start $c" "$start" || like "*cancel*" "$(cat "$dir/out")"
			wait_for 30 unit_is inactive "$unit"
			same success "$(property "$unit" Result)"
		done
	done
	same "lx-start: $c: the container was stopped while it was starting" "$(cat "$dir/out")"
}

@test "systemctl restart of a unit that is still starting" {
	host_new
	starting systemctl start "$unit"
	touch "$dir/go"
	systemctl restart "$unit"
	wait "$job" || :
	same active "$(property "$unit" ActiveState)"
	host lx-stop "$c"
}

@test "systemctl stop and lx-start at once: it runs, or is stopped, and nothing has failed" {
	local stop

	host_new
	for _ in 1 2 3 4 5; do
		host lx-start "$c"
		systemctl stop "$unit" 3>&- &
		stop=$!
		wait_for 30 fails host state_is RUNNING
		host lx-start "$c" || fails host state_is RUNNING
		wait "$stop" || : # a start in its place, which is what systemd calls canceled
		fails unit_is failed "$unit"
		[ ! -e "/run/lx/$c/command" ] || host lx-stop "$c"
	done
}

@test "a container that runs without a unit is not started twice" {
	[ -n "${LX_TEST_OWN_HOST:-}" ] || skip "changes the lx.conf of the host"
	host_new
	conf=$(host_etc)/lx.conf
	cp "$conf" "$dir/lx.conf.host"
	printf '[systemd]\nunits = no\n' >> "$conf"
	host lx-start "$c"
	cp "$dir/lx.conf.host" "$conf"
	fails systemctl start "$unit"
	like "*is RUNNING already*" "$(property "$unit" StatusText)"
	host lx-stop "$c"
}

@test "an unknown instance is refused, with its reason" {
	fails systemctl start lx@nosuch.service
	like "*there is no container*" "$(property lx@nosuch.service StatusText)"
	fails systemctl start lx@web_12345678.service
	like "*only lx-start*" "$(property lx@web_12345678.service StatusText)"
	systemctl reset-failed lx@nosuch.service lx@web_12345678.service
}

@test "a start that fails: one sentence, for the caller and for systemctl status" {
	host_new
	host lx-config set "$c" network.eth0.type veth
	host lx-config set "$c" network.eth0.link nosuch0
	refuses "lx-start: $c: *nosuch0*" host lx-start "$c"
	wait_for 5 unit_is failed "$unit"
	like "*nosuch0*" "$(property "$unit" StatusText)"
	host lx-config unset "$c" network.eth0.link
	host lx-config set "$c" network.eth0.type empty
	host lx-start "$c"
}

@test "lx-destroy: its unit is not listed as failed any more" {
	host_new
	host lx-config set "$c" network.eth0.type veth
	host lx-config set "$c" network.eth0.link nosuch0
	fails host lx-start "$c" 2> /dev/null
	wait_for 5 unit_is failed "$unit"
	host lx-destroy "$c"
	same inactive "$(property "$unit" ActiveState)"
}

@test "a unit that ends before it hears its orders" {
	host_new
	mkdir -p "/run/systemd/system/lx@.service.d"
	printf '[Service]\nExecStartPre=false\n' > "/run/systemd/system/lx@.service.d/test.conf"
	systemctl daemon-reload
	refuses "lx-start: $c: $unit ended before it took its orders (failed); see: systemctl status $unit" host lx-start "$c"
	rm -r "/run/systemd/system/lx@.service.d"
	systemctl daemon-reload
	same "" "$(ls /run/lx/units)"
	host lx-start "$c"
}

@test "a masked unit is refused, not gone around" {
	host_new
	systemctl mask --runtime "$unit" 2> /dev/null
	refuses "lx-start: $c: Unit $unit is masked; *units = no*" host lx-start "$c"
	systemctl unmask --runtime "$unit" 2> /dev/null
	host lx-start "$c"
}

@test "a socket that a killed command left behind" {
	host_new
	mkdir -p /run/lx/units
	chmod 700 /run/lx/units
	python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind(sys.argv[1])' "/run/lx/units/$c" ||
		skip "no python3"
	fails systemctl start "$unit"
	like "*the command that wanted to start the container is gone*" "$(property "$unit" StatusText)"
	systemctl start "$unit"
	host lx-stop "$c"
	python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind(sys.argv[1])' "/run/lx/units/$c"
	host lx-start "$c"
}

@test "two starts at once: one of them" {
	new
	lx-start "$c" 2> "$dir/one" 3>&- & one=$!
	lx-start "$c" 2> "$dir/two" 3>&- & two=$!
	ended=""
	wait "$one" && ended+=x
	wait "$two" && ended+=x
	same x "$ended"
	same 1 "$(cat "$dir/one" "$dir/two" | wc -l)"
	same RUNNING "$(state)"
}

@test "a signal while systemd has not started the monitor yet" {
	new
	mkdir -p "/run/systemd/system/lx@.service.d"
	printf '[Service]\nExecStartPre=sh -c "touch %s/begun; exec sleep 300"\n' "$dir" > "/run/systemd/system/lx@.service.d/test.conf"
	systemctl daemon-reload
	# bash would have it ignore SIGINT
	env --default-signal=INT lx-start "$c" 2> "$dir/stderr" 3>&- &
	starter=$!
	wait_for 5 test -e "$dir/begun"
	kill -INT "$starter"
	status=0
	wait "$starter" || status=$?
	same 1 "$status"
	like "*interrupted*" "$(< "$dir/stderr")"
	same "" "$(ls /run/lx/units)"
	rm -r "/run/systemd/system/lx@.service.d"
	systemctl daemon-reload
	lx-start "$c" # there is nothing left to wait for
	same RUNNING "$(state)"
}

# It waits for its generators.
@test "a signal while systemd itself hangs" {
	local generator=/run/systemd/system-generators/lx-hang reload starter status=0

	[ -n "${LX_TEST_OWN_HOST:-}" ] || skip "the host's systemd hangs meanwhile"
	new
	mkdir -p "${generator%/*}"
	printf '#!/bin/sh\nn=0\nuntil [ -e /run/lx-test-go ] || [ $((n += 1)) -gt 600 ]; do sleep 0.1; done\n' > "$generator"
	chmod 755 "$generator"
	systemctl daemon-reload 3>&- &
	reload=$!
	wait_for 30 pgrep -f "$generator"
	lx-start "$c" 2> "$dir/stderr" 3>&- &
	starter=$!
	# shellcheck disable=SC2016 # evaluated again and again
	wait_for 30 eval '[ -n "$(ls /run/lx/units)" ]'
	kill "$starter"
	wait "$starter" || status=$?
	pgrep -f "$generator" # it still does
	touch /run/lx-test-go
	wait "$reload"
	rm "$generator" /run/lx-test-go
	same 1 "$status"
	like "lx-start: $c: interrupted before the monitor ran" "$(< "$dir/stderr")"
	same "" "$(ls /run/lx/units)"
	lx-start "$c"
	same RUNNING "$(state)"
}

@test "-F and lx-execute through the unit" {
	new
	exits 7 lx-execute "$c" -- sh -c 'echo out; cat; echo err >&2; exit 7' < <(echo in)
	same "out
in" "$output"
	same err "$stderr"
	# shellcheck disable=SC2016 # for the shell inside
	lx-start -F "$c" > "$dir/console" < /dev/null 3>&- &
	pid=$!
	wait_for 10 state_is RUNNING
	like "lx@*" "$(unit_of)"
	lx-stop "$c"
	wait "$pid"
}

@test "a reboot keeps unit and monitor" {
	started
	u=$(unit_of)
	monitor=$(monitor_pid)
	init=$(init_pid)
	lx-stop -r "$c"
	same "$monitor" "$(property "$u" MainPID)"
	same active "$(property "$u" ActiveState)"
	fails same "$init" "$(init_pid)"
	init=$(init_pid)
	init_is_up
	inside reboot || : # it may be killed before it has ended
	wait_for 10 eval '[ -n "$(init_pid)" ] && [ "$(init_pid)" != "$init" ]'
	same "$monitor" "$(property "$u" MainPID)"
}

@test "neither hooks nor the guest may speak to systemd" {
	new
	printf '#!/bin/sh\nenv > %s/hook\n' "$dir" > "$dir/hook.sh"
	chmod 755 "$dir/hook.sh"
	set_key hook.start-host "$dir/hook.sh"
	lx-start "$c"
	fails grep NOTIFY_SOCKET "$dir/hook"
	fails grep -qz '^NOTIFY_SOCKET=/run/systemd' "/proc/$(init_pid)/environ"
}

@test "the time of a stop is the container's, not systemd's" {
	host_new
	host lx-config set "$c" container.init "/bin/sh -c 'trap : PWR TERM; while :; do sleep 1; done'"
	host lx-config set "$c" container.stop-timeout 4s
	mkdir -p "/run/systemd/system/lx@.service.d"
	printf '[Service]\nTimeoutStopSec=1\n' > "/run/systemd/system/lx@.service.d/test.conf"
	systemctl daemon-reload
	host lx-start "$c"
	begin=$(date +%s%N)
	systemctl stop "$unit"
	took=$((($(date +%s%N) - begin) / 1000000))
	rm -r "/run/systemd/system/lx@.service.d"
	systemctl daemon-reload
	[ "$took" -ge 3900 ] || same "4000 ms" "$took ms"
	same "inactive success" "$(property "$unit" ActiveState) $(property "$unit" Result)"
}

@test "a stop by systemd beside one by lx-stop is not a second signal" {
	host_new
	host lx-config set "$c" container.init "/bin/sh -c 'trap \"sleep 2; echo clean > /clean; exit\" TERM; while :; do sleep 0.1; done'"
	host lx-config set "$c" container.stop-signal TERM
	host lx-start "$c"
	host lx-stop -W "$c"
	systemctl stop "$unit"
	same "inactive success" "$(property "$unit" ActiveState) $(property "$unit" Result)"
	same clean "$(cat "$(host_store)/$c"/*/clean)"
}

@test "lx-autostart -j starts units" {
	for _ in 1 2 3; do
		new
		set_key start.auto yes
	done
	lx-autostart -j 3
	for name in $(lx-ls -1); do
		like "lx@*" "$(unit_of "$(monitor_pid "$name")")"
	done
	lx-autostart --shutdown
}

@test "lx-autostart.service: up with lx.target, down in order" {
	host_new
	host lx-config set "$c" start.auto yes
	systemctl start lx-autostart.service
	same RUNNING "$(host lx-info -sH "$c")"
	systemctl stop lx-autostart.service
	same STOPPED "$(host lx-info -sH "$c")"
	wait_for 5 unit_is inactive "$unit"
	same success "$(property "$unit" Result)"
}

@test "a guest that is never ready keeps no other from being started" {
	local timely=0

	host_new
	host lx-config set "$c" ready.word.file /never
	systemctl start --no-block "$unit"
	wait_for 10 eval "[ \"\$(host lx-info -sH $c)\" = RUNNING ]"
	same activating "$(property "$unit" ActiveState)"
	timeout 200 systemctl start lx-autostart.service || timely=$?
	systemctl stop "$unit"
	systemctl stop lx-autostart.service lx-shutdown.service
	same 0 "$timely"
}

@test "the units are in order" {
	command -v systemd-analyze > /dev/null || skip "no systemd-analyze"
	exits 0 systemd-analyze verify --man=no lx@web.service lx.target lx-net.service lx-autostart.service lx-shutdown.service
	same "" "$output$stderr"
	exits 0 env XDG_RUNTIME_DIR="$dir" systemd-analyze verify --user --man=no /usr/lib/systemd/user/lx@.service
	same "" "$output$stderr"
}
