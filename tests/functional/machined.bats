#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers are machines of systemd-machined: what machinectl, and everything else that takes -M, does with a Debian guest, one
# without privileges (web) and one with them (priv), and with a guest that has no systemd.

# shellcheck disable=SC2154 # dir, c, ... are lib.bash's
load lib

setup_file()
{
	own_host_begin
	[ -z "${skipped_file:-}" ] || return 0
	command -v machinectl > /dev/null || { skip_file "machinectl is not installed"; return; }
	export BATS_TEST_TIMEOUT=${LX_TEST_SLOW_TIMEOUT:-1200}
	export web=web$tag priv=priv$tag
	export kept="$web $priv"
	need_bridge
	debian "$web"
	debian "$priv"
	[ -z "${skipped_file:-}" ] || return 0
	lx-config set "$priv" container.privileged yes
	lx-start --wait=ready --timeout 300s "$web"
	lx-start --wait=ready --timeout 300s "$priv"
	wait_for 10 machine "$web"
	wait_for 10 machine "$priv"
}

setup()
{
	test_begin
	c=$web
	runs "$web"
	runs "$priv"
}

# What a test has stopped runs again for the next.
runs()
{
	state_is READY "$1" || state_is RUNNING "$1" || lx-start --wait=ready --timeout 300s "$1"
	wait_for 10 machine "$1"
}

debian()
{
	lx-create "$1" -t debian -- --release bookworm > "$dir/create" 2>&1 && return
	if grep -qE 'no mirror of Debian|debootstrap' "$dir/create"; then
		skip_file "no image, and nothing to build one: $(tail -n 1 "$dir/create")"
		return 0
	fi
	cat "$dir/create" >&2
	return 1
}

machine()
{
	machinectl show "$1" > /dev/null 2>&1
}

no_machine()
{
	! machine "$1"
}

# property NAME [MACHINE]
property()
{
	machinectl show --value -p "$1" "${2:-$c}"
}

boot_number()
{
	lx-attach "$1" -- cat /proc/sys/kernel/random/boot_id
}

booted_again()
{
	local now

	now=$(boot_number "$1") && [ -n "$now" ] && [ "$now" != "$2" ] && lx-wait -s READY -t 300 "$1"
}

# pty COMMAND...: on a terminal, whose keyboard is our standard input
pty()
{
	timeout -k 1 300 script -q -e -c "$(printf '%q ' "$@")" /dev/null
}

# typing_after TEXT KEYS COMMAND...: on a terminal, where KEYS are typed when its screen, $dir/out, shows TEXT
typing_after()
{
	rm -f "$dir/keys" "$dir/out"
	mkfifo "$dir/keys" # opened for both: no end of input, which script(1) would type
	{
		# shellcheck disable=SC2059
		wait_for 20 grep -qs -- "$1" "$dir/out" && printf "$2" > "$dir/keys"
	} 3>&- &
	pty "${@:3}" <> "$dir/keys" > "$dir/out"
}

@test "list, show and status" {
	machinectl list --no-legend | awk '{ print $1, $2, $3, $4, $5 }' | sort > "$dir/list"
	grep -qx "$web container lx debian 12" "$dir/list"
	grep -qx "$priv container lx debian 12" "$dir/list"
	same "$(init_pid)" "$(property Leader)"
	same container "$(property Class)"
	same lx "$(property Service)"
	same running "$(property State)"
	same "$(lx-info --format=json "$c" | jq -r .uuid | tr -d -)" "$(property Id | tr -d -)"
	same "lx@$c.service" "$(property Unit)"
	machinectl status "$c" > "$dir/status"
	grep -qF "lx@$c.service" "$dir/status"
	grep -qF "Debian GNU/Linux 12" "$dir/status"
}

@test "the addresses of its links" {
	wait_for 20 eval '[ -n "$(lx-info -iH "$c" | grep "^$network\.")" ]'
	address=$(lx-info -iH "$c" | grep "^$network\.")
	machinectl list --no-legend | grep "^$c " | grep -qF "$address"
}

@test "its name is one of hosts (nss-mymachines)" {
	grep -q '^hosts:.*mymachines' /etc/nsswitch.conf || skip "nsswitch.conf does not say mymachines"
	wait_for 20 eval '[ -n "$(lx-info -iH "$c" | grep "^$network\.")" ]'
	address=$(lx-info -iH "$c" | grep "^$network\.")
	same "$address" "$(getent ahostsv4 "$c" | awk 'NR == 1 { print $1 }')"
	fails getent ahostsv4 "nobody$tag"
}

@test "its root is a user of the host (nss-mymachines)" {
	grep -q '^passwd:.*\(mymachines\|systemd\)' /etc/nsswitch.conf || skip "nsswitch.conf does not say so"
	first=$(inside cat /proc/self/uid_map | awk '{ print $2 }')
	like "vu-$c-0:x:$first:*" "$(getent passwd "$first")"
}

@test "shell: a command as root, and as another user, with output" {
	pty machinectl shell "$c" /usr/bin/id > "$dir/out" < /dev/null
	grep -q 'uid=0(root)' "$dir/out"
	pty machinectl shell "daemon@$c" /usr/bin/id > "$dir/out" < /dev/null
	grep -q 'uid=1(daemon)' "$dir/out"
	typing_after "@$c:" 'hostname\nexit\n' machinectl shell "$c"
	grep -q "^$c" "$dir/out"
}

@test "login: a getty on a terminal of its own" {
	typing_after "$c login:" '\035\035\035' machinectl login "$c"
	same RUNNING "$(state)"
}

@test "systemctl, systemd-run, loginctl, hostnamectl, journalctl and busctl -M" {
	same running "$(systemctl -M "$c" is-system-running)"
	same "active" "$(systemctl -M "$c" is-active systemd-journald)"
	systemctl -M "$c" restart systemd-resolved
	same "uid=0" "$(systemd-run -M "$c" --wait --pipe -q id | cut -d '(' -f 1)"
	loginctl -M "$c" list-users > /dev/null
	hostnamectl -M "$c" status | grep -q "Static hostname: $c"
	hostnamectl -M "$c" status | grep -qi "debian"
	inside logger -t mark "seen by -M"
	inside journalctl --sync
	journalctl -q -M "$c" -t mark -o cat | grep -qx "seen by -M"
	busctl -M "$c" status org.freedesktop.systemd1 > /dev/null
}

@test "systemd-cgls, systemd-cgtop and ps know whose a process is" {
	systemd-cgls -M "$c" | grep -q systemd-journald
	systemd-cgls --no-pager | grep -qF "lx@$c.service"
	systemd-cgtop -b -n 1 | grep -qF "lx@$c.service"
	[ -z "$(property Subgroup)" ] || return 0 # from 259 on, ps finds only machines that are a whole unit
	same "$c" "$(ps -o machine= -p "$(init_pid)" | xargs)"
	journal=$(pgrep -x systemd-journal --ns "$(init_pid)" | head -n 1)
	same "$c" "$(ps -o machine= -p "$journal" | xargs)"
}

@test "copy-to and copy-from" {
	echo "to the guest" > "$dir/file"
	machinectl copy-to "$priv" "$dir/file" /root/copied
	same "to the guest" "$(lx-attach "$priv" -- cat /root/copied)"
	lx-attach "$priv" -- sh -c 'echo "from the guest" > /root/made'
	machinectl copy-from "$priv" /root/made "$dir/fetched"
	same "from the guest" "$(< "$dir/fetched")"

	machinectl copy-to "$c" "$dir/file" /root/copied
	same "to the guest" "$(inside cat /root/copied)"
	machinectl copy-from "$c" /root/copied "$dir/back"
	same "to the guest" "$(< "$dir/back")"
}

@test "bind: into a privileged container; one with a user namespace is refused by machined" {
	mkdir -p "$dir/shared"
	echo shared > "$dir/shared/file"
	machinectl bind --mkdir "$priv" "$dir/shared" /srv/bound
	same shared "$(lx-attach "$priv" -- cat /srv/bound/file)"
	machinectl bind --mkdir --read-only "$priv" "$dir/shared" /srv/read-only
	fails lx-attach "$priv" -- touch /srv/read-only/x

	exits 1 machinectl bind --mkdir "$c" "$dir/shared" /srv/bound
	like "*user namespac*" "$stderr"
	fails inside test -e /srv/bound/file
}

@test "kill: its init, and all of it" {
	before=$(boot_number "$c")
	machinectl kill --kill-whom=leader --signal=SIGRTMIN+5 "$c" # reboot
	wait_for 60 booted_again "$c" "$before"
	wait_for 10 machine "$c"

	machinectl kill --kill-whom=all --signal=SIGKILL "$c"
	wait_for 20 state_is STOPPED
	wait_for 10 no_machine "$c"
}

@test "reboot: the same unit, a new leader" {
	before=$(boot_number "$c")
	leader=$(property Leader)
	monitor=$(monitor_pid)
	machinectl reboot "$c"
	wait_for 60 booted_again "$c" "$before"
	wait_for 10 eval '[ "$(property Leader)" = "$(init_pid)" ]'
	[ "$(property Leader)" != "$leader" ]
	same "$monitor" "$(monitor_pid)"
	same "lx@$c.service" "$(property Unit)"
	same running "$(systemctl -M "$c" is-system-running --wait)"
}

@test "poweroff: a clean shutdown" {
	machinectl poweroff "$c"
	lx-wait "$c" -s STOPPED -t 300
	wait_for 10 no_machine "$c"
	wait_for 10 eval '[ "$(systemctl show --value -p ActiveState "lx@$c.service")" = inactive ]'
	same success "$(systemctl show --value -p Result "lx@$c.service")"
	wait_for 5 gone
}

@test "terminate: all of it at once" {
	machinectl terminate "$c"
	wait_for 20 state_is STOPPED
	wait_for 10 no_machine "$c"
	wait_for 5 gone
	lx-start --wait=ready --timeout 300s "$c"
	wait_for 10 machine "$c"
}

@test "a guest without systemd is a machine as well" {
	started
	wait_for 10 machine "$c"
	same "$(init_pid)" "$(property Leader)"
	same lx "$(property Service)"
	machinectl list --no-legend | grep -q "^$c "
	before=$(init_pid)
	init_is_up
	inside reboot || : # it may be killed before it has ended
	wait_for 20 eval '[ -n "$(init_pid)" ] && [ "$(init_pid)" != "$before" ]'
	wait_for 10 eval '[ "$(property Leader)" = "$(init_pid)" ]'
	lx-stop "$c"
	wait_for 5 no_machine "$c"
}

@test "machined that restarts knows it again, and one that lost it gets to know it" {
	systemctl restart systemd-machined
	wait_for 10 machine "$c"
	same "$(init_pid)" "$(property Leader)"

	busctl call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager UnregisterMachine s "$c"
	wait_for 20 machine "$c"
	same "$(init_pid)" "$(property Leader)"
}

@test "machined that is switched off keeps nothing from starting and stopping" {
	systemctl mask --runtime --now systemd-machined
	new
	lx-start "$c" || status=$?
	was=$(state)
	stopped=0
	lx-stop -k "$c" || stopped=$?
	systemctl unmask --runtime systemd-machined
	systemctl start systemd-machined
	same "" "${status:-}"
	same RUNNING "$was"
	same 0 "$stopped"
	wait_for 20 machine "$web"
}

@test "machine.register = no: it is none; yes: it cannot start where machined is not to be had" {
	new
	set_key machine.register no
	lx-start "$c"
	same RUNNING "$(state)"
	no_machine "$c"
	lx-stop -k "$c"

	set_key machine.register yes
	lx-start "$c"
	machine "$c" # it was waited for
	lx-stop -k "$c"
	systemctl mask --runtime --now systemd-machined
	status=0
	lx-start "$c" 2> "$dir/stderr" || status=$?
	systemctl unmask --runtime systemd-machined
	systemctl start systemd-machined
	same 1 "$status"
	same 1 "$(wc -l < "$dir/stderr")"
	gone
}

@test "a machine of that name which is not ours is left alone" {
	new
	systemd-run --quiet --unit="other-$tag" sleep 300
	pid=$(systemctl show --value -p MainPID "other-$tag")
	busctl call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager RegisterMachine \
		sayssus "$c" 0 test container "$pid" ""
	lx-start "$c"
	same RUNNING "$(state)"
	same "$pid" "$(property Leader)"
	lx-stop -k "$c"
	same "$pid" "$(property Leader)"
	systemctl stop "other-$tag"
}

@test "a stale machine of that name is replaced" {
	new
	systemd-run --quiet --unit="stale-$tag" sleep 300
	pid=$(systemctl show --value -p MainPID "stale-$tag")
	busctl call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager RegisterMachine \
		sayssus "$c" 0 test container "$pid" ""
	kill -9 "$pid"
	lx-start "$c"
	wait_for 20 eval '[ "$(property Leader)" = "$(init_pid)" ]'
	wait_for 10 systemctl is-failed "stale-$tag"
	systemctl reset-failed "stale-$tag"
}

@test "a monitor that is killed leaves no machine, and the next start makes one" {
	started
	wait_for 10 machine "$c"
	kill -9 "$(monitor_pid)"
	wait_for 20 no_machine "$c"
	lx-start "$c"
	wait_for 10 machine "$c"
}

@test "no unit of the host failed" {
	systemctl reset-failed 'lx@*' 2> /dev/null || :
	same "" "$(systemctl --failed --no-legend --plain)"
}
