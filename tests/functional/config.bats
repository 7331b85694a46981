#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# lx-config on the files of a container, and what a start makes of them.

# shellcheck disable=SC2154 # dir, c, ... are lib.bash's
load lib

@test "set keeps comments and order, unset takes out one line" {
	new
	cat > "$dir/store/$c/config" <<-EOF
		# first comment
		[container]
		hostname = old   ; beside it
		# second comment
		description = stays

		[rootfs]
		path = $(lx-config get "$c" rootfs.path)
	EOF
	cp "$dir/store/$c/config" "$dir/before"
	set_key container.hostname new
	same new "$(lx-config get "$c" container.hostname)"
	same 2 "$(diff "$dir/before" "$dir/store/$c/config" | grep -c '^[<>]')"
	grep -q '^# second comment$' "$dir/store/$c/config"
	lx-config unset "$c" container.hostname
	same "" "$(lx-config get "$c" container.hostname)"
	fails grep -q hostname "$dir/store/$c/config"
	same stays "$(lx-config get "$c" container.description)"
	rm "$dir/before"
}

@test "a value that cannot be is refused, and the file stays" {
	new
	cp "$dir/store/$c/config" "$dir/before"
	refuses "lx-config: $c: *memory.max*expected*" lx-config set "$c" cgroup.memory.max lots
	refuses "lx-config: $c: unknown key \"container.hostnam\"; did you mean \"container.hostname\"?" lx-config set "$c" container.hostnam x
	refuses "lx-config: $c: *" lx-config set "$c" nonsense x
	cmp "$dir/before" "$dir/store/$c/config"
	rm "$dir/before"
}

@test "check lists every mistake" {
	new
	exits 0 lx-config check "$c"
	same "" "$output$stderr"
	printf '[container]\nhostnam = x\nstop-timeout = soon\n[nonsense]\n' >> "$dir/store/$c/config"
	exits 1 lx-config check "$c"
	same 3 "$(echo "$output$stderr" | grep -c "config:[0-9]*: ")"
}

@test "drop-ins change single keys of labelled sections, in the order of their names" {
	new
	set_key mount.data.source tmpfs
	set_key mount.data.target mnt
	set_key mount.data.type tmpfs
	mkdir "$dir/store/$c/config.d"
	printf '[mount data]\ntarget = srv\n' > "$dir/store/$c/config.d/20-b.conf"
	printf '[mount data]\ntarget = opt\n[container]\nhostname = dropped-in\n' > "$dir/store/$c/config.d/10-a.conf"
	printf 'not read' > "$dir/store/$c/config.d/30-c.conf~"
	mkdir "$dir/store/$c/upper/srv"
	lx-start "$c"
	same dropped-in "$(inside hostname)"
	same tmpfs "$(inside stat -f -c %T /srv)"
	lx-config list --origins "$c" | grep 'mount.data.target' | grep -q '20-b.conf:2'
}

@test "profiles are included, what comes later wins" {
	new
	mkdir -p "$dir/etc/config" "$dir/etc/profiles"
	printf '[container]\nhostname = from-profile\ndescription = from-profile\n' | tee "$dir/etc/config/mine.conf" > "$dir/mine.conf"
	sed -i "1i include = $dir/mine.conf" "$dir/store/$c/config"
	set_key container.description own
	lx-start "$c"
	same from-profile "$(inside hostname)"
	same own "$(lx-config get "$c" container.description)"
	lx-stop -k "$c"
	sed -i "1i include = no-such.conf" "$dir/store/$c/config"
	refuses "lx-start: $c: */config:1: *no-such.conf*" lx-start "$c"
	rm -r "$dir/mine.conf" "$dir/etc/config" "$dir/etc/profiles"
}

@test "a change of a running container takes effect with the next start" {
	started
	set_key container.hostname later
	same "$c" "$(inside hostname)"
	lx-stop -r "$c"
	same later "$(inside hostname)" || {
		# a reboot from inside is the same run of the monitor
		lx-stop -k "$c"
		lx-start "$c"
		same later "$(inside hostname)"
	}
}

@test "environment, groups and the working directory of init" {
	new
	lx-config set "$c" security.oom-score-adj -- -5
	same -5 "$(lx-config get "$c" security.oom-score-adj)"
	lx-config unset "$c" security.oom-score-adj
	lx-config set --add "$c" container.environment COLOUR=green
	lx-config set --add "$c" container.environment "SHAPE=round and flat"
	set_key container.work-dir /tmp
	lx-start "$c" -- /bin/sleep 1000
	tr '\0' '\n' < "/proc/$(init_pid)/environ" > "$dir/environ"
	grep -qx COLOUR=green "$dir/environ"
	grep -qx 'SHAPE=round and flat' "$dir/environ"
	grep -qx container=lx "$dir/environ"
	grep -q '^container_uuid=' "$dir/environ"
	fails grep -q LX_CONFIG "$dir/environ"
	same /tmp "$(inside readlink /proc/1/cwd)"
	rm "$dir/environ"
}

@test "describe and diff" {
	new
	lx-config describe container.stop-timeout | grep -q 30s
	same "+ container.hostname = other" "$(set_key container.hostname other && lx-config diff "$c" | grep hostname)"
	same "$dir/store" "$(lx-config paths.containers)"
	lx-config --format=json describe | head -c 1 | grep -q '[[{]'
}

@test "two who set at once lose nothing" {
	new
	jobs=
	for i in 1 2 3 4 5 6 7 8; do
		lx-config set "$c" "network.n$i.type" empty 3>&- &
		jobs="$jobs $!"
	done
	for job in $jobs; do
		wait "$job"
	done
	same 8 "$(lx-config list "$c" | grep -c '^network\.n[0-9]\.type = empty$')"
}
