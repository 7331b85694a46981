#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers of users who are not root, as units of their own managers.

# shellcheck disable=SC2154 # dir, c, ... are lib.bash's
load lib

setup_file()
{
	own_host_begin
	[ -z "${skipped_file:-}" ] || return 0
	command -v loginctl > /dev/null || { skip_file "logind is not installed"; return; }
	export tux=tux$((tag % 10000))
	useradd --create-home --shell /bin/bash "$tux"
	id=$(id -u "$tux")
	export id
	loginctl enable-linger "$tux"
	wait_for 20 test -S "/run/user/$id/bus"
	machined=$(systemctl --global --no-legend list-unit-files systemd-machined.service || :)
	export machined
	as mkdir -p .config/lx
	printf '[network eth0]\ntype = empty\n' | as tee .config/lx/default.conf > /dev/null
}

teardown_file()
{
	if [ -n "${tux:-}" ]; then
		for name in $(as lx-ls -1); do
			as lx-destroy -f "$name"
		done
		loginctl disable-linger "$tux"
		wait_for 20 eval '[ ! -e "/run/user/$id" ]'
		userdel --remove "$tux" 2> /dev/null
	fi
	file_end
}

teardown()
{
	[ "${BATS_TEST_COMPLETED:-}" = 1 ] || journalctl -q -n 50 --no-pager "_UID=$id" || :
	systemctl reset-failed "session-$tag.service" 2> /dev/null || :
	for name in $(as lx-ls -1); do
		as lx-destroy -f "$name"
	done
}

# as COMMAND...: as that user, in the user's home, as a login has it
as()
{
	(cd "/home/$tux" && exec runuser -u "$tux" -- env HOME="/home/$tux" XDG_RUNTIME_DIR="/run/user/$id" LOGNAME="$tux" "$@")
}

# The same without a manager: that of a user whom nobody has logged in.
bare()
{
	(cd "/home/$tux" && exec runuser -u "$tux" -- env -u XDG_RUNTIME_DIR HOME="/home/$tux" LOGNAME="$tux" "$@")
}

created()
{
	new_name
	as lx-create "$c" -t busybox > "$dir/create" 2>&1 || {
		cat "$dir/create" >&2
		return 1
	}
}

unit()
{
	echo "lx@$c.service"
}

property()
{
	as systemctl --user show --value -p "$1" "${2:-$(unit)}"
}

state()
{
	as lx-info -sH "$c"
}

field()
{
	as lx-info --format=json "$c" | jq -r ".\"$1\""
}

@test "lx-start has the user's manager start the monitor" {
	created
	as lx-start "$c"
	same RUNNING "$(state)"
	same active "$(property ActiveState)"
	same "$(field monitor-pid)" "$(property MainPID)"
	like "*/user@$id.service/*/$(unit)/monitor" "$(sed -n 's/^0:://p' "/proc/$(field monitor-pid)/cgroup")"
	as lx-attach "$c" -- true
	same "" "$(systemctl list-units --no-legend --plain 'lx@*')" # nothing of it is the system's
	as lx-stop "$c"
	wait_for 5 eval 'same inactive "$(property ActiveState)"'
	same success "$(property Result)"
}

@test "systemctl --user start, restart and stop" {
	created
	as systemctl --user start "$(unit)"
	same RUNNING "$(state)"
	before=$(field pid)
	as systemctl --user restart "$(unit)"
	same RUNNING "$(state)"
	[ "$(field pid)" != "$before" ]
	as systemctl --user stop "$(unit)"
	same STOPPED "$(state)"
	same inactive "$(property ActiveState)"
}

@test "a start that fails says why" {
	created
	as lx-config set "$c" container.init /no/such/init
	exits 1 as lx-start "$c"
	like "lx-start: $c: *no/such/init*" "$stderr"
	exits 1 as systemctl --user start "$(unit)"
	as systemctl --user status --no-pager --full "$(unit)" > "$dir/status" || :
	grep -F "/no/such/init" "$dir/status"
}

@test "the user's sessions may end, the container goes on" {
	created
	systemd-run --quiet --unit="session-$tag" -p PAMName=login -p "User=$tux" \
		sh -c "cd && lx-start $c && exec sleep infinity"
	wait_for 10 eval '[ "$(state)" = RUNNING ]'
	loginctl list-sessions --no-legend | grep -q "$tux"
	for session in $(loginctl list-sessions --no-legend | awk -v user="$tux" '$3 == user { print $1 }'); do
		loginctl terminate-session "$session"
	done
	systemctl stop "session-$tag.service" 2> /dev/null || :
	same RUNNING "$(state)"
	as lx-attach "$c" -- true
}

@test "the end of the user's manager is a clean stop" {
	created
	as lx-start "$c"
	monitor=$(field monitor-pid)
	systemctl stop "user@$id.service"
	dead "$monitor"
	systemctl start "user@$id.service"
	same STOPPED "$(state)"
	journalctl -q "_UID=$id" -o cat --since -60s > "$dir/journal"
	sed -i '/, ignoring: /d' "$dir/journal" # what a tree without controllers does not have
	fails grep -iE "$(unit).*(kill|timed out|failed)" "$dir/journal"
	as lx-start "$c"
	same RUNNING "$(state)"
}

machine()
{
	as machinectl --user show --value -p "$1" "$c" 2> /dev/null
}

is_machine()
{
	leader=$(machine Leader) && [ -n "$leader" ] && [ "$leader" = "$(field pid)" ]
}

is_no_machine()
{
	! machine Leader > /dev/null
}

@test "without a machined of the user's nobody is asked, and yes is refused" {
	[ -z "$machined" ] || skip "this systemd has one"
	created
	as lx-start "$c"
	same null "$(field machine)"
	fails sh -c "journalctl -q _UID=$id CONTAINER=$c -o cat | grep machined"
	as lx-stop -k "$c"
	as lx-config set "$c" machine.register yes
	exits 1 as lx-start "$c"
	like "*register = yes, but the user's own systemd has no systemd-machined*" "$stderr"
	like "*systemd-machined: missing*systemd 259*" "$(as lx-checkconfig)"
}

@test "it is a machine of the user's machined, and of no other" {
	[ -n "$machined" ] || skip "this systemd has no machined for users"
	created
	as lx-start "$c"
	wait_for 10 is_machine # the start does, but not for long
	wait_for 5 eval 'same "$c" "$(field machine)"'
	same "$(unit)" "$(machine Unit)"
	same "$(field monitor-pid)" "$(machine Supervisor)"
	as machinectl --user list --no-legend | grep -q "^$c *container *lx"
	fails machinectl show "$c"

	as systemctl --user restart systemd-machined
	wait_for 20 is_machine
	as busctl --user call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager UnregisterMachine s "$c"
	wait_for 20 is_machine
	as lx-stop "$c"
	wait_for 5 is_no_machine

	as lx-config set "$c" machine.register yes
	as lx-start "$c"
	is_machine
	as machinectl --user terminate "$c"
	as lx-wait -s STOPPED -t 60 "$c"
	wait_for 20 is_no_machine
	wait_for 20 eval '[ "$(property ActiveState)" = inactive ]'
	same success "$(property Result)"
}

@test "a limit holds, where the manager has the controller" {
	grep -qw memory "/sys/fs/cgroup/user.slice/user-$id.slice/user@$id.service/cgroup.controllers" ||
		skip "this user's manager has no memory controller"
	created
	as lx-config set "$c" cgroup.memory.max 64M
	as lx-config set "$c" cgroup.pids.max 50
	as lx-start "$c"
	same 67108864 "$(as lx-attach "$c" -- cat /sys/fs/cgroup/memory.max 2> /dev/null ||
		cat "/sys/fs/cgroup$(property ControlGroup)/payload/memory.max")"
	same 50 "$(cat "/sys/fs/cgroup$(property ControlGroup)/payload/pids.max")"
}

@test "an out-of-memory score that only root may lower is kept; one that is asked for is not given up" {
	created
	wanted=$(as systemd-run --user --quiet --wait --pipe sh -c '{ echo 0 > /proc/self/oom_score_adj; } 2> /dev/null && echo 0 || echo 300')
	as sh -c 'mkdir -p .config/systemd/user/lx@.service.d && printf "[Service]\nOOMScoreAdjust=300\n" > .config/systemd/user/lx@.service.d/score.conf'
	as systemctl --user daemon-reload
	as lx-start "$c"
	score=$(as lx-attach "$c" -- cat /proc/1/oom_score_adj)
	as lx-stop -k "$c"
	as rm -r .config/systemd
	as systemctl --user daemon-reload
	same "$wanted" "$score"

	as lx-config set "$c" security.oom-score-adj -- -500
	exits 1 as lx-start "$c"
	like "*oom-score-adj*" "$stderr"
	as lx-config set "$c" security.oom-score-adj 500
	as lx-start "$c"
	same 500 "$(as lx-attach "$c" -- cat /proc/1/oom_score_adj)"
}

@test "without a manager the monitor is started directly" {
	created
	bare lx-start "$c"
	same RUNNING "$(bare lx-info -sH "$c")"
	same inactive "$(property ActiveState)"
	bare lx-stop -k "$c"
	same STOPPED "$(bare lx-info -sH "$c")"
}

@test "lx.target and autostart of the user" {
	created
	as lx-config set "$c" start.auto yes
	as systemctl --user start lx-autostart.service
	same RUNNING "$(state)"
	as systemctl --user stop lx-autostart.service
	same STOPPED "$(state)"
	same success "$(property Result)"
}

@test "no unit of the user failed" {
	as systemctl --user reset-failed 'lx@*' 2> /dev/null || :
	same "" "$(as systemctl --user --failed --no-legend --plain)"
}
