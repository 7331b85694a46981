#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Users who are not root have containers of their own. The users are made up for the test: each command of theirs runs in a
# mount namespace in which /etc/passwd and its companions are other files, so that nothing of the host is changed.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

setup_file()
{
	file_begin
	[ -z "${skipped_file:-}" ] || return 0
	command -v newuidmap > /dev/null || { skip_file "newuidmap is not installed"; return; }
	[ "$(sysctl -n user.max_user_namespaces)" != 0 ] || { skip_file "user namespaces are off"; return; }
	unshare -m true || { skip_file "no mount namespaces"; return; }

	alice=$((60100 + tag % 1000 * 2)) bob=$((60101 + tag % 1000 * 2))
	alice_base=$((3000000000 + tag % 1000 * 200000)) bob_base=$((3000000000 + tag % 1000 * 200000 + 100000))
	export alice bob alice_base bob_base BATS_TEST_TIMEOUT=1800
	for file in passwd group subuid subgid; do
		cp "/etc/$file" "$dir/$file"
		chmod 644 "$dir/$file"
	done
	mknod -m 666 "$dir/tun" c 10 200 # as udev makes it
	add_user alice "$alice" "$alice_base" 65536
	add_user bob "$bob" "$bob_base" 65536
}

# A user has no use for what the test's lx.conf says of paths: what is left of it is where the programs are.
add_user()
{
	local home=$dir/$1

	printf '%s:x:%s:%s::%s:/bin/sh\n' "$1" "$2" "$2" "$home" >> "$dir/passwd"
	printf '%s:x:%s:\n' "$1" "$2" >> "$dir/group"
	printf '%s:%s:%s\n' "$1" "$3" "$4" | tee -a "$dir/subuid" >> "$dir/subgid"
	mkdir -p "$home/.config/lx" "$home/run"
	printf '[paths]\n%s' "${top_builddir:+templates = $top_srcdir/templates
share = $top_srcdir
libexec = $top_builddir/src/libexec
}" > "$home/.config/lx/lx.conf"
	chmod 700 "$home" "$home/run"
	chown -R "$2:$2" "$home"
}

# as USER COMMAND...
as()
{
	local user=$1
	shift

	# shellcheck disable=SC2016 # for the inner shell
	unshare -m --propagation private bash -c '
		set -e
		dir=$1 user=$2 uid=$3
		shift 3
		for file in passwd group subuid subgid; do
			mount --bind "$dir/$file" "/etc/$file"
		done
		[ ! -e /dev/net/tun ] || mount --bind "$dir/tun" /dev/net/tun
		cd /
		exec setpriv --reuid "$uid" --regid "$uid" --clear-groups env -u LX_CONFIG -u XDG_CONFIG_HOME -u XDG_DATA_HOME \
			-u XDG_CACHE_HOME -u XDG_STATE_HOME HOME="$dir/$user" USER="$user" XDG_RUNTIME_DIR="$dir/$user/run" "$@"
	' as "$dir" "$user" "${!user}" "$@"
}

# in_group USER COMMAND...: as that user, in a group of a v2 tree that is the user's, as systemd would hand it over
in_group()
{
	local point file

	point=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	[ -n "$point" ] || skip "no cgroup v2"
	group=$point/lx-test-$tag
	mkdir -p "$group/session"
	for file in cgroup.procs cgroup.threads cgroup.subtree_control; do
		chown "${!1}" "$group" "$group/$file" "$group/session" "$group/session/$file"
	done
	(
		echo "$BASHPID" > "$group/session/cgroup.procs"
		as "$@"
	)
}

# The name of a new busybox container of that user in $c.
new_for()
{
	new_name
	as "$1" lx-create "$c" -t busybox > "$dir/create" 2>&1 || {
		cat "$dir/create" >&2
		return 1
	}
}

teardown()
{
	local user name

	[ -n "${dir:-}" ] && [ -z "${skipped_file:-}" ] || return 0
	[ "${BATS_TEST_COMPLETED:-}" = 1 ] || tail -n 40 "$dir"/*/.local/state/lx/log/* "$dir/stderr" 2> /dev/null || true
	[ -n "${group:-}" ] || group=$(find /sys/fs/cgroup -maxdepth 2 -name "lx-test-$tag" 2> /dev/null)
	for user in alice bob; do
		for name in $(as "$user" lx-ls -1); do
			as "$user" lx-destroy -f "$name"
		done
		rm -f "$dir/$user"/.config/lx/default.conf
	done
	# monitors are in it, which are about to end
	[ -z "$group" ] || wait_for 10 find "$group" -depth -type d -exec rmdir {} +
}

@test "the whole life of a container" {
	new_for alice
	same "$c" "$(as alice lx-ls -1)"
	as alice lx-start "$c"
	same RUNNING "$(as alice lx-info -sH "$c")"
	same 0 "$(as alice lx-attach "$c" -- id -u)"
	same "$c" "$(as alice lx-attach "$c" -- hostname)"
	exits 7 as alice lx-attach "$c" -- sh -c 'exit 7'
	as alice lx-attach "$c" -- sh -c 'echo kept > /root/file'
	as alice lx-stop "$c"
	as alice lx-start "$c"
	same kept "$(as alice lx-attach "$c" -- cat /root/file)"
	as alice lx-ls -f | grep -q "$c *RUNNING"
	as alice lx-info "$c" | grep -q "Host ids: *$alice_base-$((alice_base + 65535))"
	as alice lx-stop -k "$c"
	same STOPPED "$(as alice lx-info -sH "$c")"
	as alice lx-destroy "$c"
	[ ! -e "$dir/alice/.local/share/lx/containers/$c" ]
	[ ! -e "$dir/alice/run/lx/$c" ]
}

@test "lx-execute: streams and exit code" {
	new_for alice
	exits 42 as alice lx-execute "$c" -- sh -c 'exit 42'
	same "in" "$(echo in | as alice lx-execute "$c" -- cat)"
}

@test "the container's root is neither the user nor the host's root" {
	local pid
	new_for alice
	as alice lx-start "$c"
	pid=$(as alice lx-info -pH "$c")
	same "$alice_base" "$(stat -c %u "/proc/$pid")"
	# its namespace is the user's, not the host's
	same "$(printf '0 1 65536')" "$(as alice lx-attach "$c" -- cat /proc/self/uid_map | xargs)"
	same "$alice" "$(ps -o uid= -p "$(as alice lx-info --format=json "$c" | sed -n 's/.*"monitor-pid": *\([0-9]*\).*/\1/p')" | xargs)"
	as alice lx-attach "$c" -- sh -c 'echo x > /root/mine; chown 7:8 /root/mine; echo x > /root/other; chown 65535 /root/other'
	same "$((alice_base + 7)):$((alice_base + 8))" \
		"$(find "$dir/alice/.local/share" -name mine -printf '%U:%G')"
	same "$((alice_base + 65535))" "$(find "$dir/alice/.local/share" -name other -printf %U)"
	# no file that the container can reach is the user's
	as alice lx-attach "$c" -- sh -c '! find / -xdev -user 65534 ! -path /proc ! -path /sys | grep .'
}

@test "no program of lx has special rights" {
	same "" "$(find "${top_builddir:-$(dirname "$(readlink -f "$(command -v lx)")")}" -maxdepth 3 -type f -perm /6000 -name 'lx*')"
}

@test "devices: the host's nodes, and no others" {
	new_for alice
	as alice lx-start "$c"
	as alice lx-attach "$c" -- sh -c 'echo x > /dev/null && head -c 4 /dev/zero | wc -c | grep -qx 4 && head -c 1 /dev/urandom > /dev/null'
	as alice lx-attach "$c" -- sh -c '! mknod /dev/disk b 8 0 2> /dev/null && ! mknod /root/null c 1 3 2> /dev/null'
	as alice lx-attach "$c" -- sh -c '! chmod 600 /dev/null 2> /dev/null'
	same 666 "$(stat -c %a /dev/null)"
}

@test "two users cannot touch each other's" {
	local a b pid
	new_for alice; a=$c
	new_for bob; b=$c
	as alice lx-start "$a"
	as bob lx-start "$b"
	same "$b" "$(as bob lx-ls -1)"
	pid=$(as alice lx-info -pH "$a")
	fails as bob kill -9 "$pid"
	fails as bob ls "/proc/$pid/root/"
	fails as bob lx-attach -P "$dir/alice/.local/share/lx/containers" "$a" -- true
	fails as bob lx-stop -k -P "$dir/alice/.local/share/lx/containers" "$a"
	fails as bob lx-destroy -f -P "$dir/alice/.local/share/lx/containers" "$a"
	fails as bob cat "$dir/alice/.local/share/lx/containers/$a/config"
	# nor can their roots
	fails as bob lx-attach "$b" -- kill -9 "$pid"
	same RUNNING "$(as alice lx-info -sH "$a")"
	# twin: the owner can
	as alice kill -9 "$pid"
	wait_for 10 as alice lx-wait "$a" -s STOPPED -t 0
}

@test "two containers of one user, found in one namespace" {
	local first
	new_for alice; first=$c
	as alice lx-start "$first"
	new_for alice
	as alice lx-start "$c"
	# for want of more ids they have the same ones, and that is said
	as alice lx-info "$c" | grep -q "Host ids: *$alice_base-$((alice_base + 65535)), shared with other containers"
	same "$(stat -Lc %i "/proc/$(as alice lx-info --format=json "$first" | sed -n 's/.*"monitor-pid": *\([0-9]*\).*/\1/p')/ns/user")" \
		"$(stat -Lc %i "/proc/$(as alice lx-info --format=json "$c" | sed -n 's/.*"monitor-pid": *\([0-9]*\).*/\1/p')/ns/user")"
	as alice lx-stop -k "$first"
	same 0 "$(as alice lx-attach "$c" -- id -u)"
}

@test "as many ids as the user has" {
	local first
	printf 'alice:%s:65536\n' "$((alice_base + 70000))" | tee -a "$dir/subuid" >> "$dir/subgid"
	new_for alice; first=$c
	new_for alice
	as alice lx-start "$first"
	as alice lx-start "$c"
	as alice lx-info "$first" | grep -q "Host ids: *$alice_base-"
	as alice lx-info "$c" | grep -q "Host ids: *$((alice_base + 70000))-[0-9]*$"
	same "$((alice_base + 70000))" "$(stat -c %u "/proc/$(as alice lx-info -pH "$c")")"
	as alice lx-attach "$c" -- sh -c 'echo x > /root/file && ls -ld / | grep -q "root *root"'
	# one cannot signal the other, whose ids it does not have
	fails as alice lx-attach "$c" -- kill -9 "$(as alice lx-info -pH "$first")"
	for file in subuid subgid; do
		sed -i "/^alice:$((alice_base + 70000)):/d" "$dir/$file"
	done
}

@test "maps that are written down must be the user's" {
	new_name
	printf '[idmap]\nmap = both 0 %s 65536\n' "$((alice_base + 0))" > "$dir/alice/.config/lx/default.conf"
	as alice lx-create "$c" -t busybox 2> /dev/null
	as alice lx-start "$c"
	same "$alice_base" "$(stat -c %u "/proc/$(as alice lx-info -pH "$c")")"
	# a part of the ids, in another order
	new_name
	printf '[idmap]\nmap = both 0 %s 1000\nmap = both 1000 %s 64536\n' "$((alice_base + 64536))" "$alice_base" > "$dir/alice/.config/lx/default.conf"
	as alice lx-create "$c" -t busybox 2> /dev/null
	as alice lx-start "$c"
	same "$((alice_base + 64536))" "$(stat -c %u "/proc/$(as alice lx-info -pH "$c")")"
	as alice lx-attach "$c" -- sh -c 'echo x > /root/file && chown 1001 /root/file'
	same "$((alice_base + 1))" "$(find "$dir/alice/.local/share" -name file -path "*$c*" -printf %U)"
	# files stay what they are: another map later does not fit them
	as alice lx-stop -k "$c"
	as alice lx-config unset "$c" idmap.map
	refuses "*does not belong to root of the container*" as alice lx-start "$c"

	new_name
	for map in "both 0 $bob_base 65536" "both 0 $alice 1" "both 0 0 65536"; do
		printf '[idmap]\nmap = %s\n' "$map" > "$dir/alice/.config/lx/default.conf"
		refuses "*not all among your subordinate ids*" as alice lx-create "$c" -t busybox
	done
	printf '[container]\nprivileged = yes\n' > "$dir/alice/.config/lx/default.conf"
	as alice lx-create "$c" -t busybox 2> /dev/null
	refuses "*privileged = yes needs root*" as alice lx-start "$c"
}

@test "a user without subordinate ids is told what is missing" {
	new_name
	sed -i '/^bob:/s/^bob/nob/' "$dir/subuid"
	refuses "*/etc/subuid gives user bob no ids for containers*usermod --add-subuids*" as bob lx-create "$c" -t busybox
	sed -i '/^nob:/s/^nob/bob/' "$dir/subuid"
	new_for bob
}

@test "limits need groups that are the user's: said, not ignored" {
	new_for alice
	as alice lx-config set "$c" cgroup.memory.max 64M
	refuses "*memory.max*" as alice lx-start "$c"
}

@test "probes of readiness, and nothing left of them" {
	new_for alice
	as alice lx-config set "$c" ready.file.file /run/app
	as alice lx-config set "$c" ready.port.tcp 8080
	as alice lx-config set "$c" ready.command.command "/bin/sh -c 'test -w /etc/passwd'"
	as alice lx-start "$c"
	wait_for 10 eval 'as alice lx-info "$c" | grep -qF "(waiting for file /run/app)"'
	exits 1 as alice lx-wait -s READY -t 0.3 "$c"
	like "*waits for file /run/app*" "$stderr"
	as alice lx-attach "$c" -- sh -c 'touch /run/app; httpd -p 127.0.0.1:8080'
	as alice lx-wait -s READY -t 200 "$c"
	as alice lx-stop "$c"

	as alice lx-config set "$c" ready.command.command "/bin/sh -c 'setsid sleep 4249.$tag & sleep 4249.$tag'"
	as alice lx-config unset "$c" ready.file
	as alice lx-config unset "$c" ready.port
	as alice lx-start "$c"
	wait_for 10 pgrep -f "^sleep 4249.$tag"
	as alice lx-stop "$c"
	fails pgrep -f "^sleep 4249.$tag"
}

@test "a control group of the user's: frozen, killed, measured, and removed" {
	new_for alice
	in_group alice lx-start "$c"
	same "$alice_base" "$(stat -c %u "$group/lx/$c/payload")"
	grep -qx "$(as alice lx-info -pH "$c")" "$group/lx/$c/payload/cgroup.procs"
	in_group alice lx-info "$c" | grep -q "CPU use"
	in_group alice lx-attach "$c" -- grep -qx 0::/ /proc/self/cgroup
	in_group alice lx-freeze "$c"
	grep -qx "frozen 1" "$group/lx/$c/payload/cgroup.events"
	same FROZEN "$(as alice lx-info -sH "$c")"
	in_group alice lx-unfreeze "$c"
	# from a session that is elsewhere, all but the group
	same 0 "$(as alice lx-attach "$c" -- id -u)"
	as alice lx-info "$c" > /dev/null
	in_group alice lx-stop "$c"
	[ ! -e "$group/lx" ]
	# twin: without the group nothing can be frozen
	as alice lx-start "$c"
	refuses "*frozen*" as alice lx-freeze "$c"
}

@test "a link by pasta or slirp4netns" {
	command -v pasta slirp4netns > /dev/null || skip "neither pasta nor slirp4netns is installed"
	[ -c /dev/net/tun ] || skip "this kernel has no tunnels"
	new_for alice
	as alice lx-config set "$c" network.eth0.type user
	as alice lx-start "$c"
	as alice lx-attach "$c" -- ip addr show dev eth0 | grep -q 'inet 10\.'
	as alice lx-stop "$c"
}

@test "a Debian guest boots its systemd" {
	command -v mmdebstrap > /dev/null || skip "mmdebstrap is not installed"
	new_name
	as alice lx-create "$c" -t debian -- --release bookworm > "$dir/create" 2>&1 || {
		! grep -q 'no mirror of Debian is known' "$dir/create" || skip "this host's apt names no archive of Debian"
		cat "$dir/create" >&2
		return 1
	}
	refuses "*systemd needs a control group*Delegate=yes*" as alice lx-start "$c"
	in_group alice lx-start --wait=ready --timeout 300s "$c"
	same running "$(in_group alice lx-attach "$c" -- systemctl is-system-running --wait)"
	same "" "$(in_group alice lx-attach "$c" -- systemctl --failed --no-legend --plain)"
	in_group alice lx-attach "$c" -- getcap /usr/bin/ping | grep -q cap_net_raw
	in_group alice lx-attach "$c" -- mv /usr/share/doc /usr/share/documents
	in_group alice lx-stop "$c"
	in_group alice lx-start --wait=ready --timeout 300s "$c"
	same running "$(in_group alice lx-attach "$c" -- systemctl is-system-running --wait)"
}

@test "lx-checkconfig says what a user lacks" {
	as alice lx-checkconfig > "$dir/check" || true
	grep -q '^users: available, 65536 ids' "$dir/check"
	grep -q '^newuidmap: available' "$dir/check"
	grep -q '^namespace: available' "$dir/check"
	grep -q '^control group: missing (optional), .*Delegate=yes' "$dir/check"
	grep -q '^overlay: ' "$dir/check"
	fails grep -q '^root:' "$dir/check"
	sed -i '/^bob:/s/^bob/nob/' "$dir/subgid"
	exits 1 as bob lx-checkconfig
	sed -i '/^nob:/s/^nob/bob/' "$dir/subgid"
	like "*groups: MISSING, /etc/subgid gives user bob no ids*" "$output"
	like "*namespace: MISSING*" "$output"
}

@test "nothing is left of a container" {
	new_for alice
	as alice lx-start "$c"
	as alice lx-destroy -f "$c"
	same "" "$(find "$dir/alice" -name "*$c*")"
	wait_for 10 sh -c "! pgrep -u $alice && ! pgrep -u $alice_base"
	# what a killed monitor leaves is seen and given back
	new_for alice
	as alice lx-start "$c"
	kill -9 "$(as alice lx-info --format=json "$c" | sed -n 's/.*"monitor-pid": *\([0-9]*\).*/\1/p')"
	wait_for 10 sh -c "! pgrep -u $alice_base"
	as alice lx-start "$c"
	same RUNNING "$(as alice lx-info -sH "$c")"
}

# hooked: $c of alice's, with a hook that tells who ran it
hooked()
{
	new_for alice
	store=$dir/alice/.local/share/lx/containers
	printf '#!/bin/sh\nid -u > %s\n' "$dir/$c.obeyed" > "$store/$c/hook"
	printf '[hook]\ndestroy = %s\n' "$store/$c/hook" >> "$store/$c/config"
	chmod 755 "$store/$c/hook"
}

@test "root does not obey what a user has written down" {
	hooked
	refuses "lx-start: $c: *$store/$c belongs to uid $alice, *" lx-start -P "$store" "$c"
	chown 0:0 "$store/$c"
	refuses "lx-start: $c: *$store/$c/config: *must belong to root*uid $alice *" lx-start -P "$store" "$c"
	lx-destroy -P "$store" "$c"
	[ ! -e "$store/$c" ]
	[ ! -e "$dir/$c.obeyed" ]
}

@test "... nor what a user's environment says of the first namespace" {
	local mark=4026531837
	[ "$(stat -Lc %i /proc/self/ns/user)" = "$mark" ] || skip "root of another user namespace"
	hooked
	export LX_USER_NAMESPACE=$mark
	refuses "lx-start: $c: *$store/$c belongs to uid $alice, *" lx-start -P "$store" "$c"
}

@test "... but root's own containers in the same place" {
	hooked
	chown 0:0 "$store/$c" "$store/$c/config"
	lx-destroy -P "$store" "$c"
	same 0 "$(cat "$dir/$c.obeyed")"
}
