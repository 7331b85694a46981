#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bad input: one line that says why, exit code 1, nothing half-made. What lx-create refuses is in create.bats.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

# broken GLOB LINE...: with these lines at the end of its configuration $c does not start.
broken()
{
	local glob=$1
	shift

	cp "$dir/store/$c/config" "$dir/saved"
	printf '%s\n' "$@" >> "$dir/store/$c/config"
	refuses "lx-start: $c: $glob" lx-start "$c"
	same STOPPED "$(state)"
	gone
	cp "$dir/saved" "$dir/store/$c/config"
}

# unprivileged COMMAND...: as user nobody
unprivileged()
{
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

@test "names that are none" {
	for name in ../x a/b .. . -x "a b" a_b a. .a "a
b" "$(printf 'a%.0s' {1..64})" 'a;b' "a$(printf '\001')b" 'ä'; do
		for command in start stop attach destroy info create freeze console; do
			exits 1 "lx-$command" -n "$name"
			same "" "$output"
			like "lx-$command: *cannot be a container's name*" "$stderr"
		done
	done
	for command in start create destroy; do
		refuses "lx-$command: *name is empty" "lx-$command" -n ""
	done
	for entry in "$dir"/* "$dir"/store/* "$dir"/run/*; do
		case ${entry##*/} in
		bin | etc | lx.conf | log | run | store | stdout | stderr | "*") ;;
		*) false ;;
		esac
	done
}

@test "a container that is not there" {
	for command in start stop attach destroy info freeze unfreeze console "wait -s STOPPED" "config check" "config list"; do
		# shellcheck disable=SC2086 # words
		refuses "lx-${command%% *}: no-such: there is no container of this name in $dir/store; lx-ls lists them, lx-create makes one" \
			lx-$command no-such
	done
	refuses "lx-execute: no-such: there is no container*" lx-execute no-such true
	refuses "lx-start: no container matches \"x\*\"" lx-start "x*"
	[ ! -e "$dir/run/no-such" ]
	[ ! -e "$dir/store/no-such" ]
}

@test "options and words that are none" {
	new
	refuses "lx-start: *--nonsense*see lx-start --help" lx-start --nonsense "$c"
	refuses "lx-start: *see lx-start --help" lx-start
	refuses "lx-start: *--daemon and --foreground*" lx-start -d -F "$c"
	refuses "lx-start: *--wait*" lx-start --wait=never "$c"
	refuses "lx-stop: *--kill excludes*" lx-stop -k -r "$c"
	refuses "lx-stop: *--timeout*" lx-stop -t soon "$c"
	refuses "lx-wait: *--state*" lx-wait -s WALKING "$c"
	refuses "lx-wait: *no state is given*" lx-wait "$c"
	refuses "lx-attach: *--namespaces*" lx-attach -s NOTHING "$c" -- true
	refuses "lx: *nonsense*" lx nonsense
	refuses "lx-start: $c: *container.nonsense*" lx-start -s container.nonsense=1 "$c"
	refuses "lx-start: *nonsense*" lx-start -f "$dir/nonsense" "$c"
	same STOPPED "$(state)"
}

@test "configuration that cannot be read says where" {
	new
	broken "*/config:*: \[container\]: unknown key \"hostnam\"; did you mean \"hostname\"?" '[container]' 'hostnam = x'
	broken "*/config:*: \[contaner\]: unknown section; did you mean \[container\]?" '[contaner]' 'hostname = x'
	broken "*/config:*: expected 'key = value', found 'nonsense'" nonsense
	broken "*/config:*: \[cgroup\]: memory.max = lots: expected *" '[cgroup]' 'memory.max = lots'
	broken "*/config:*: \[idmap\]: range = 0 10: expected *" '[idmap]' 'range = 0 10'
	broken "*/config:*: \[security\]: capabilities.drop = cap_nothing: expected *" '[security]' 'capabilities.drop = cap_nothing'
	broken "*/config:*: \[mount x\]: target is not set" '[mount x]' 'source = /etc'
	broken "*/config:*: \[container\]: include belongs before *" 'include = nothere.conf'
	mkdir "$dir/store/$c/config.d"
	echo 'nonsense' > "$dir/store/$c/config.d/10-x.conf"
	refuses "lx-start: $c: */config.d/10-x.conf:1: *" lx-start "$c"
}

@test "what this host cannot do is refused with its key" {
	new
	broken "mounts: /mnt: open /no/such: No such file or directory; see */config:*" \
		'[mount x]' 'source = /no/such' 'target = mnt'
	broken "mounts: /no/such: open the target (create=dir makes it): No such file or directory; see */config:*" \
		'[mount x]' 'source = /etc' 'target = no/such'
	broken "mounts: /mnt: *nosuchfs*No such device; see */config:*" '[mount x]' 'source = x' 'target = mnt' 'type = nosuchfs'
	broken "mnt: option \"bogus\" *; see */config:*" '[mount x]' 'source = /etc' 'target = mnt' 'options = bind,bogus'
	broken "*cpuset.cpus*999*; see */config:*" '[cgroup]' 'cpuset.cpus = 999'
	broken "rootfs: */no/such: No such file or directory; see */config:*" '[rootfs]' 'path = dir:/no/such'
	broken "*pre-start*/no/such: *No such file or directory; see */config:*" '[hook]' 'pre-start = /no/such'
	broken "*work-dir: enter /no/such: No such file or directory*" '[container]' 'work-dir = /no/such'
	broken "*device x: *dev/nosuch: No such file or directory*" '[device x]' 'path = /dev/nosuch'
	broken "links: eth1: bridge nobr0 does not exist; run lx-net up, or set link in */config:*" \
		'[network eth1]' 'type = veth' 'link = nobr0'
}

@test "no root file system, or one that is gone" {
	lx-create "t0x$tag" -t none
	c=t0x$tag
	exits 1 lx-start "$c"
	like "lx-start: $c: *rootfs*path*" "$stderr"
	new
	mv "$dir/store/$c/upper" "$dir/store/$c/away"
	exits 1 lx-start "$c"
	like "lx-start: $c: rootfs: mount the overlay of $dir/store/$c on *: No such file or directory; see *" "$stderr"
	gone
}

@test "a store on a full disk: no start, no half-made files" {
	new
	mkdir "$dir/full"
	mount -t tmpfs -o size=64k tmpfs "$dir/full"
	sed "s|^run = .*|run = $dir/full/run|" "$LX_CONFIG" > "$dir/full.conf"
	mkdir "$dir/full/run"
	head -c 100k /dev/zero > "$dir/full/fill" 2> /dev/null || true
	LX_CONFIG=$dir/full.conf exits 1 lx-start "$c"
	like "lx-start: *$c*No space left on device*" "$stderr"
	gone
	rm "$dir/full/fill"
	LX_CONFIG=$dir/full.conf lx-start "$c"
	LX_CONFIG=$dir/full.conf lx-stop -k "$c"
	wait_for 5 umount "$dir/full" # its monitor is about to end itself
	rm "$dir/full.conf"
	rmdir "$dir/full"
}

@test "a full disk under a container that runs: it goes on and can be stopped" {
	mkdir "$dir/full"
	mount -t tmpfs -o size=1m tmpfs "$dir/full"
	sed "s|^run = .*|run = $dir/full/run|; s|^log = .*|log = $dir/full/log|" "$LX_CONFIG" > "$dir/full.conf"
	new
	export LX_CONFIG=$dir/full.conf
	lx-start "$c"
	head -c 2m /dev/zero > "$dir/full/fill" 2> /dev/null || true
	inside true
	same RUNNING "$(state)"
	lx-freeze "$c" || true
	lx-unfreeze "$c" || true
	lx-stop "$c"
	same STOPPED "$(state)"
	gone
	export LX_CONFIG=$dir/lx.conf
	wait_for 5 umount "$dir/full" # its monitor is about to end itself
	rm "$dir/full.conf"
	rmdir "$dir/full"
}

@test "a read-only store" {
	new
	mount --bind "$dir/store" "$dir/store"
	mount -o remount,bind,ro "$dir/store"
	exits 1 lx-start "$c"
	refused=$stderr
	exits 1 lx-config set "$c" container.description x
	config=$stderr
	exits 1 lx-destroy "$c"
	destroy=$stderr
	umount "$dir/store"
	like "lx-start: $c: *Read-only file system*" "$refused"
	like "lx-config: $c: *Read-only file system*" "$config"
	like "lx-destroy: $c: *Read-only file system*" "$destroy"
	lx-start "$c"
	lx-destroy -f "$c"
}

@test "without privileges every command says so" {
	started
	for command in "start $c" "stop $c" "freeze $c" "console $c" "execute $c -- true" "config get $c container.hostname" \
		"config set $c container.description x" "wait $c -s STOPPED"; do
		# shellcheck disable=SC2086 # words
		refuses "lx-${command%% *}: $c: this user may not read $dir/store/$c/config; run the command as root" \
			unprivileged "$dir/bin/lx" $command
	done
	for command in "attach $c -- true" "destroy $c" "info $c" "create y -t busybox" ls gc; do
		# shellcheck disable=SC2086 # words
		refuses "lx-${command%% *}: the containers of $dir/run are those of uid 0; run the command as that user" \
			unprivileged "$dir/bin/lx" $command
	done
	refuses "lx-net: only root can change the managed network" unprivileged "$dir/bin/lx" net up
	same RUNNING "$(state)"
	[ ! -e "$dir/store/y" ]
}

@test "root without capabilities is refused before anything is made" {
	new
	exits 1 setpriv --bounding-set=-all --inh-caps=-all "$dir/bin/lx" start "$c"
	like "lx-start: $c: *" "$stderr"
	same 1 "$(wc -l < "$dir/stderr")"
	same STOPPED "$(state)"
	gone
	exits 1 unshare -r "$dir/bin/lx" start "$c"
	like "lx-start: $c: *" "$stderr"
	gone
}

@test "a closed standard stream does no harm" {
	new
	lx-start "$c" <&- >&- 2>&-
	same RUNNING "$(state)"
	lx-attach "$c" -- true <&-
	exits 1 sh -c "lx-info $c > /dev/full"
	like "*No space left on device*" "$stderr"
	lx-stop -k "$c" <&- >&- 2>&-
	same STOPPED "$(state)"
}

@test "a context of SELinux where that is not enabled" {
	[ ! -e /sys/fs/selinux/enforce ] || skip "SELinux is enabled here"
	new
	set_key security.selinux auto
	refuses "lx-start: $c: *SELinux is asked for by security.selinux and is not enabled on this host; remove the key from *" lx-start "$c"
	set_key security.selinux none
	lx-start "$c"
}

@test "a monitor that dies in the middle of a start: where to look" {
	new
	printf '#!/bin/sh\nkill -9 $PPID\nsleep 5\n' > "$dir/killer"
	chmod 755 "$dir/killer"
	set_key hook.pre-start "$dir/killer"
	refuses "lx-start: $c: the monitor ended; see $dir/log/$c.log" lx-start "$c"
	refuses "lx-start: $c: the monitor ended; see $dir/log/mine" lx-start -o "$dir/log/mine" "$c"
}
