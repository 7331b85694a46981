#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ids of the host: who gets which, and what that does to files.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

setup_file()
{
	file_begin
	[ -n "${dir:-}" ] || return 0
	# no other file has ids here, which would change what comes next
	sed -i "/^\[idmap\]/,\$ { s/^base = .*/base = $((3400000000 + tag % 100 * 4194304))/ }" "$LX_CONFIG"
}

# Lines of the ledger: base, size, rest
ledger()
{
	sort -n "$dir/store/.idmap"
}

uid_map()
{
	awk '{ print $1, $2, $3 }' "/proc/$(lx-info -pH "$c")/uid_map"
}

@test "containers that are made at the same time get ranges of their own, and give them back" {
	local pids=()

	new # the image is there afterwards
	for i in $(seq 20); do
		lx-create "p$i-x$tag" -t busybox > "$dir/out.$i" 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	same 21 "$(ledger | wc -l)"
	# each begins where the one before has ended, or later
	ledger | awk '{ if ($1 < end) exit 1; end = $1 + $2 }'
	for i in $(seq 20); do
		lx-destroy "p$i-x$tag"
	done
	same 1 "$(ledger | wc -l)"
}

@test "ids that others have are not given out" {
	new
	read -r base size _ < <(ledger)
	# a user namespace of somebody else, with ids of the next range
	unshare --user sleep 600 3>&- &
	pid=$!
	until [ "$(readlink /proc/self/ns/user)" != "$(readlink "/proc/$pid/ns/user")" ]; do
		sleep 0.05
	done
	echo "0 $((base + size + 5)) 10" > "/proc/$pid/uid_map"
	new
	kill "$pid"
	fails grep "^$((base + size)) " "$dir/store/.idmap"
	grep "^$((base + size + 15)) $size " "$dir/store/.idmap"
	# the twin: nobody has them
	lx-destroy "$c"
	new
	grep "^$((base + size)) $size " "$dir/store/.idmap"
}

@test "a start changes nothing on the disk" {
	new -B dir
	root=$(lx-config get "$c" rootfs.path)
	root=${root#dir:}
	touch "$root/root/mark"
	find "$root" -xdev -printf '%p %u %g %C@\n' | sort > "$dir/before"
	lx-start "$c"
	same 0 "$(inside stat -c %u /bin/busybox)"
	[ "$(stat -c %u "/proc/$(lx-info -pH "$c")")" != 0 ]
	lx-stop -k "$c"
	find "$root" -xdev -printf '%p %u %g %C@\n' | sort > "$dir/after"
	# the guest's init writes some files of its own; those of the image are untouched
	same "" "$(grep -E "^$root/(bin|sbin|usr|lib|root)(/| )" "$dir/before" | diff - <(grep -E "^$root/(bin|sbin|usr|lib|root)(/| )" "$dir/after"))"
	same "" "$(awk '$2 != "root" { print }' "$dir/after")"
}

@test "a map of several lines, users and groups apart" {
	base=$((4100000000 + tag % 1000 * 20000))
	new
	lx-config set --add "$c" idmap.map "both 0 $base 1000"
	lx-config set --add "$c" idmap.map "uid 1000 $((base + 5000)) 1"
	lx-config set --add "$c" idmap.map "gid 1000 $((base + 6000)) 2"
	lx-start "$c"
	same "0 $base 1000 1000 $((base + 5000)) 1" "$(uid_map | xargs)"
	same "0 $base 1000 1000 $((base + 6000)) 2" "$(awk '{ print $1, $2, $3 }' "/proc/$(lx-info -pH "$c")/gid_map" | xargs)"
	lx-attach -u 1000 -g 1001 "$c" -- sleep 600 3>&- &
	wait_for 10 pgrep -u $((base + 5000)) -G $((base + 6001))
}

@test "ids written by hand are one container's, or shared" {
	base=$((4100000000 + tag % 1000 * 20000))
	new
	first=$c
	set_key idmap.range "$base:1000"
	lx-start "$c"
	new
	set_key idmap.range "$((base + 999)):1000"
	refuses "lx-start: $c: \[idmap\]: uids $((base + 999)) to $((base + 999)) of the host are also those of $dir/store/$first; *" lx-start "$c"
	set_key idmap.shared yes
	lx-start "$c"
	lx-stop -k "$c"
	lx-config unset "$c" idmap.shared
	lx-destroy -f "$first"
	lx-start "$c"
	read -r other size _ < <(grep -v fixed "$dir/store/.idmap")
	new
	set_key idmap.range "$((other + size - 1)):1"
	refuses "lx-start: *are also those of *" lx-start "$c"
}

@test "maps that cannot be are refused" {
	new
	set_key idmap.map "both 1 4100000000 5"
	refuses "lx-start: *: map has no line for id 0*" lx-start "$c"
	refuses "lx-config: *two lines of map have the same ids of the container" lx-config set --add "$c" idmap.map "uid 2 4200000000 9"
	refuses "lx-config: *two lines of map have the same ids of the host" lx-config set --add "$c" idmap.map "uid 20 4100000000 9"
	lx-config unset "$c" idmap.map
	printf '[idmap]\n%s\n' "$(for i in $(seq 0 200); do echo "map = both $((i * 1000000)) $((4000000000 + i)) 1"; done)" >> "$dir/store/$c/config"
	exits 1 lx-config check "$c"
	like "*no more than 4095 bytes of map*" "$output"
}

# given SUBUID SUBGID COMMAND...: where these lines are all of /etc/subuid and /etc/subgid
given()
{
	echo "$1" > "$dir/subuid"
	echo "$2" > "$dir/subgid"
	shift 2
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private bash -c '
		for file in subuid subgid; do
			mount --bind "$0/$file" "/etc/$file" || exit
		done
		exec "$@"' "$dir" "$@"
}

@test "users of one range and groups of another, where the host gives root different ones" {
	for file in /etc/subuid /etc/subgid; do
		[ -e "$file" ] || skip "no $file to put another over"
	done
	base=$((3900000000 + tag % 1000 * 200000))
	new # the image
	new_name
	given "root:$base:65536" "root:$((base + 100000)):65536" lx-create "$c" -t busybox
	same "$base 65536 uids $dir/store/$c" "$(grep -F " uids " "$dir/store/.idmap")"
	same "$((base + 100000)) 65536 gids $dir/store/$c" "$(grep -F " gids " "$dir/store/.idmap")"
	lx-start "$c"
	same "0 $base 65536" "$(uid_map)"
	same "0 $((base + 100000)) 65536" "$(awk '{ print $1, $2, $3 }' "/proc/$(init_pid)/gid_map")"
	same "users $base-$((base + 65535)), groups $((base + 100000))-$((base + 165535))" "$(lx-info -H "$c" | sed -n 's/^Host ids: *//p')"
	inside sh -c 'echo mine > /root/new && chown 5:6 /root/new'
	same "5 6" "$(inside stat -c '%u %g' /root/new)"
	same "$((base + 5)) $((base + 100006))" "$(stat -c '%u %g' "/proc/$(init_pid)/root/root/new")"

	# both are used up, and given back with the container
	first=$c
	new_name
	refuses "lx-create: *no free range of 65536 ids is left*" given "root:$base:65536" "root:$((base + 100000)):65536" \
		lx-create "$c" -t busybox
	lx-destroy -f "$first"
	given "root:$base:65536" "root:$((base + 100000)):65536" lx-create "$c" -t busybox
	lx-destroy "$c"
	# the same numbers, where there are any
	given "root:$base:65536" "root:$((base - 50000)):115536" lx-create "$c" -t busybox
	grep -Fx "$base 65536 $dir/store/$c" "$dir/store/.idmap"
}
