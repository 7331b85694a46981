#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What scripts read: the outputs of lxc-info, lxc-ls and lxc-wait that they know, and JSON.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

# json_get PATH: of standard input; fails when that is no JSON
json()
{
	jq -e "$@"
}

need_jq()
{
	command -v jq > /dev/null || skip "jq is not installed"
}

@test "bare values of a running container" {
	new
	set_key container.description "for scripts"
	lx-start "$c"
	same "$(monitor_pid) init" "$(ps -o ppid=,comm= -p "$(lx-info -p -H "$c")" | xargs)"
	same RUNNING "$(lx-info -s -H "$c")"
	same RUNNING "$(lx-info -n "$c" -s -H)"
	same "for scripts" "$(lx-info -c container.description -H "$c")"
	same "container.description = for scripts" "$(lx-info -c container.description "$c")"
	same "State:          RUNNING" "$(lx-info -s "$c")"
	like "PID:            [0-9]*" "$(lx-info -p "$c")"
	exits 1 lx-info -c container.nonsense -H "$c"
	like "lx-info: *nonsense*" "$stderr"
}

@test "bare values of a stopped one" {
	new
	same STOPPED "$(lx-info -s -H "$c")"
	same "" "$(lx-info -p -H "$c")"
	same "" "$(lx-info -i -H "$c")"
	like "Name: *$c*State: *STOPPED*" "$(lx-info "$c" | tr '\n' ' ')"
}

@test "addresses, one on each line" {
	need_bridge
	new
	set_key network.eth0.ipv4.address "$network.20/24"
	lx-start "$c"
	same "$network.20" "$(lx-info -i -H "$c")"
	same "IP:             $network.20" "$(lx-info -i "$c")"
	same "$network.20" "$(lx-ls -f -F IPV4 | tail -n 1 | xargs)"
	like "*Link:*TX bytes:*RX bytes:*Total bytes:*" "$(lx-info -S "$c" | tr '\n' ' ')"
	printf '[network eth0]\ntype = empty\n' > "$dir/etc/default.conf"
}

@test "usage" {
	started
	output=$(lx-info -S -H "$c")
	like "*CPU use:*Memory use:*" "$(echo "$output" | tr '\n' ' ')"
	[ "$(echo "$output" | sed -n 's/^Memory use: *//p')" -gt 0 ]
	[ "$(echo "$output" | sed -n 's/^Tasks: *//p')" -ge 1 ]
}

@test "lx-info in JSON" {
	need_jq
	started
	lx-info --format=json "$c" > "$dir/json"
	json . "$dir/json"
	same "$c" "$(json -r .name "$dir/json")"
	same RUNNING "$(json -r .state "$dir/json")"
	same "$(init_pid)" "$(json .pid "$dir/json")"
	same true "$(json .unprivileged "$dir/json")"
	json '.ips | type == "array"' "$dir/json"
	json '."memory-bytes" > 0' "$dir/json"
	lx-stop -k "$c"
	lx-info --format=json "$c" | json '.state == "STOPPED" and .pid == null'
}

@test "lx-ls lists names, one on each line when asked" {
	new
	one=$c
	started
	two=$c
	same "$one
$two" "$(lx-ls -1)"
	same "$two" "$(lx-ls -1 --running)"
	same "$two" "$(lx-ls -1 --active)"
	same "$one" "$(lx-ls -1 --stopped)"
	same "$one" "$(lx-ls -1 --filter "^${one}\$")"
	same "$one" "$(lx-ls -1 "$one")"
	same "" "$(lx-ls -1 --filter nothing)"
	lx-config set "$one" container.groups web,production
	same "$one" "$(lx-ls -1 -g production)"
	same "$one $two" "$(lx-ls | xargs)"
}

@test "lx-ls -f is a table" {
	started
	same "NAME STATE PID IPV4 IPV6 UNPRIVILEGED" "$(lx-ls -f | head -n 1 | xargs)"
	same "$c RUNNING $(init_pid) - - true" "$(lx-ls -f | tail -n 1 | xargs)"
	same "STATE NAME
RUNNING $c" "$(lx-ls -F STATE,NAME | sed 's/  */ /g; s/ $//')"
	exits 1 lx-ls -F NONSENSE
	like "lx-ls: *NONSENSE*" "$stderr"
}

@test "lx-ls in JSON" {
	need_jq
	lx-ls --format=json | json '. == []'
	new
	one=$c
	started
	lx-ls --format=json > "$dir/json"
	same "$one STOPPED,$c RUNNING" "$(jq -r '[.[] | .name + " " + .state] | join(",")' "$dir/json")"
}

@test "an empty store is no error" {
	exits 0 lx-ls
	same "" "$output$stderr"
	exits 0 lx-ls -f
}

@test "hundred stopped containers are listed" {
	for i in $(seq 100); do
		mkdir -p "$dir/store/many$i"
		echo > "$dir/store/many$i/config"
	done
	same 100 "$(lx-ls -1 | wc -l)"
	same 101 "$(lx-ls -f | wc -l)"
	rm -r "$dir"/store/many*
}

@test "lx-wait returns when the state is reached, and at once when it is" {
	new
	lx-wait "$c" -s STOPPED -t 0
	lx-wait "$c" -s RUNNING -t 100 3>&- &
	waiter=$!
	lx-start "$c"
	wait "$waiter"
	lx-wait -n "$c" -s 'STOPPED|RUNNING' -t 0
	lx-wait "$c" -s STOPPED -t 100 3>&- &
	waiter=$!
	sleep 0.1
	lx-stop -k "$c"
	wait "$waiter"
}

@test "lx-wait fails after its time" {
	started
	exits 1 lx-wait "$c" -s STOPPED -t 1
	exits 1 lx-wait "$c" -s STOPPED -t 0
}

@test "STOPPED is said when everything is gone" {
	started
	for _ in $(seq 10); do
		lx-wait "$c" -s STOPPED -t 100 3>&- &
		waiter=$!
		sleep 0.02
		lx-stop -W -k "$c"
		wait "$waiter"
		gone
		lx-start "$c"
	done
}
