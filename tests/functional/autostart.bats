#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# lx-autostart: the order of containers at boot and at shutdown.

# shellcheck disable=SC2154 # dir, c, stderr are lib.bash's
load lib

trio()
{
	new; db=$c
	new; web=$c
	new; other=$c
	lx-config set "$db" start.auto yes
	lx-config set "$web" start.auto yes
	lx-config set "$web" container.after "$db:ready"
}

@test "those with start.auto are started, each after what it needs" {
	trio
	same "$(printf '%s 0\n%s 0' "$db" "$web")" "$(lx-autostart -L)"

	lx-config set "$db" hook.start-host "/bin/sh -c 'sleep 0.3; echo db >> $dir/started'"
	lx-config set "$web" hook.pre-start "/bin/sh -c 'echo web >> $dir/started'"
	exits 0 lx-autostart
	same "" "$stderr"
	state_is RUNNING "$db"
	state_is RUNNING "$web"
	state_is STOPPED "$other"
	same "db web" "$(xargs < "$dir/started")"

	exits 0 lx-autostart # all runs: nothing to do
	exits 0 lx-autostart --shutdown
	state_is STOPPED "$db"
	state_is STOPPED "$web"
}

@test "at shutdown a container stops before what it needs" {
	trio
	lx-autostart
	lx-config set "$db" hook.post-stop "/bin/sh -c 'echo db >> $dir/stopped'"
	lx-config set "$web" hook.post-stop "/bin/sh -c 'echo web >> $dir/stopped'"
	lx-autostart -s
	lx-autostart
	rm -f "$dir/stopped"
	exits 0 lx-autostart -s
	same "web db" "$(xargs < "$dir/stopped")"
}

@test "what comes after a container that does not start is not started, the rest is" {
	trio
	lx-config set "$other" start.auto yes
	lx-config set "$db" container.init /no/such/init
	exits 1 lx-autostart
	like "*$db*/no/such/init*" "$stderr"
	like "*lx-autostart: $web: not started, because it comes after $db, which did not start*" "$stderr"
	state_is STOPPED "$web"
	state_is RUNNING "$other"
}

@test "one that is never ready holds back those that wait for it, and says so" {
	trio
	lx-start "$db"
	c=$db inside sh -c "printf '#!/bin/sh\nexec sleep 1000\n' > /never; chmod 755 /never"
	lx-stop "$db"
	lx-config set "$db" container.init /never
	exits 1 lx-autostart --timeout=5
	like "*$web: not started, because it comes after $db*" "$stderr"
	state_is RUNNING "$db"
	state_is STOPPED "$web"
	lx-stop -k "$db"
}

# A guest that is ready when it has a file; it makes that by itself, after a while.
ready_by_itself()
{
	ready_by_file
	mkdir -p "$dir/store/$db/upper/etc/init.d"
	printf '#!/bin/sh\n(sleep 1; touch /run/up) &\n' > "$dir/store/$db/upper/etc/init.d/S10up"
	chmod 755 "$dir/store/$db/upper/etc/init.d/S10up"
}

ready_by_file()
{
	lx-config set "$db" ready.up.file /run/up
	lx-config set "$db" ready.up.interval 100ms
}

@test "a probe that succeeds after a while holds back those that wait for it until then" {
	trio
	ready_by_file
	lx-config set "$other" start.auto yes
	lx-config set "$web" hook.pre-start "/bin/sh -c 'test -e /proc/\$(sed -n s/^init-pid.=.//p $dir/run/$db/state)/root/run/up && touch $dir/was-up'"
	# who does not wait for it is not held back: it is ready by what the other does
	printf '#!/bin/sh\nexport PATH=%s LX_CONFIG=%s\nlx-info %s > %s\nuntil lx-attach %s -- touch /run/up; do sleep 0.1; done\n' \
		"$PATH" "$LX_CONFIG" "$db" "$dir/at-first" "$db" > "$dir/other"
	chmod 755 "$dir/other"
	lx-config set "$other" hook.start-host "$dir/other"
	rm -f "$dir/was-up"
	exits 0 lx-autostart
	[ -e "$dir/was-up" ]
	fails grep -q '^Ready: *true' "$dir/at-first"
	state_is RUNNING "$web"

	# one that runs and is not ready is waited for as well
	lx-stop -k "$web"
	lx-stop -k "$db"
	ready_by_itself
	lx-start "$db"
	rm -f "$dir/was-up"
	exits 0 lx-autostart
	[ -e "$dir/was-up" ]
}

@test "a probe that never succeeds holds them back for good, and is named" {
	trio
	ready_by_itself
	lx-config set "$db" ready.up.file /run/down
	lx-config set "$db" start.timeout 5s # of which the start itself takes a part
	exits 1 lx-autostart
	like "*lx-start: $db: it was not ready in time, and waits for file /run/down*" "$stderr"
	like "*$web: not started, because it comes after $db*" "$stderr"
	state_is RUNNING "$db"
	state_is STOPPED "$web"

	# once more: it runs, and still is not ready
	exits 1 lx-autostart
	like "*lx-wait: $db: it was not ready in time, and waits for file /run/down*" "$stderr"
	state_is STOPPED "$web"
}

@test "a ring is refused before anything is started" {
	trio
	lx-config set "$db" container.after "$web"
	refuses "*wait for each other: *$db after $web after $db*" lx-autostart
	state_is STOPPED "$db"
}

@test "a configuration that cannot be read does not keep the others from booting" {
	trio
	echo "nonsense = 1" >> "$dir/store/$other/config"
	exits 1 lx-autostart
	like "*$other*nonsense*" "$stderr"
	state_is RUNNING "$web"
	lx-autostart -k 2> /dev/null || true
	sed -i '$d' "$dir/store/$other/config"
}

@test "groups, and those without one" {
	trio
	lx-config set "$web" container.groups front
	same "$web 0" "$(lx-autostart -L -g front)"
	same "$db 0" "$(lx-autostart -L -g '')"
	same 2 "$(lx-autostart -L -g front, | wc -l)"
	same 3 "$(lx-autostart -L -A | wc -l)"
	same "" "$(lx-autostart -L -g none)"
}

@test "one job at a time goes in the same order" {
	trio
	exits 0 lx-autostart -A -j 1
	same 3 "$(lx-ls --running -1 | wc -l)"
	exits 0 lx-autostart -A -k
	same 0 "$(lx-ls --running -1 | wc -l)"
}
