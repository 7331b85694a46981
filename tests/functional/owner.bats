#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# [mount] owner and group: a directory that a user of the host and one of the container share.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

# A test that fails leaves its mounts to nobody.
teardown()
{
	[ -z "${dir:-}" ] || umount -q "$dir/alice/sub" "$dir/alice/proc" || true
	test_end
}

# home NAME UID: a directory of that user of the host, with a file
home()
{
	rm -rf "${dir:?}/$1"
	mkdir "$dir/$1"
	echo hello > "$dir/$1/file"
	chown -R "$2" "$dir/$1"
	chmod 700 "$dir/$1"
	chmod 600 "$dir/$1/file"
}

# share LABEL OWNER [OPTIONS]
share()
{
	set_key "mount.$1.source" "$dir/$1"
	set_key "mount.$1.target" "srv/$1"
	set_key "mount.$1.options" "${3:-bind,create=dir}"
	set_key "mount.$1.owner" "$2"
}

as()
{
	local id=$1
	shift

	lx-attach -u "$id" -g "$id" "$c" -- "$@"
}

@test "a home of the host's user is that of the guest's, and both write" {
	home alice 54321:54321
	new
	share alice 54321:1000
	lx-start "$c"
	same "1000 1000" "$(inside stat -c '%u %g' /srv/alice/file)"
	same hello "$(as 1000 cat /srv/alice/file)"
	as 1000 sh -c 'echo from-inside > /srv/alice/made; mkdir /srv/alice/folder; echo more >> /srv/alice/file'
	same "54321 54321" "$(stat -c '%u %g' "$dir/alice/made")"
	same "54321 54321" "$(stat -c '%u %g' "$dir/alice/folder")"
	setpriv --reuid 54321 --regid 54321 --clear-groups sh -c "echo from-outside > '$dir/alice/folder/later'"
	same from-outside "$(as 1000 cat /srv/alice/folder/later)"
	same "1000 1000" "$(inside stat -c '%u %g' /srv/alice/folder/later)"
	as 1000 rm /srv/alice/folder/later
}

@test "others are nobody, and make no files" {
	home alice 54321:54321
	chmod 777 "$dir/alice"
	echo other > "$dir/alice/roots"
	chmod 666 "$dir/alice/roots"
	new
	share alice 54321:1000
	lx-start "$c"
	same "65534 65534" "$(inside stat -c '%u %g' /srv/alice/roots)"
	fails as 1001 touch /srv/alice/x 2> /dev/null
	fails inside touch /srv/alice/x 2> /dev/null
	fails inside chown 1001 /srv/alice/file 2> /dev/null
	same "$(printf 'file\nroots')" "$(ls "$dir/alice")"
	same "54321 0" "$(stat -c %u "$dir/alice/file" "$dir/alice/roots" | xargs)"
}

@test "the twin: without owner the user of the guest has no right to the home" {
	home alice 54321:54321
	new
	share alice 54321:1000
	lx-config unset "$c" mount.alice.owner
	lx-start "$c"
	same "65534 65534" "$(inside stat -c '%u %g' /srv/alice)"
	fails as 1000 cat /srv/alice/file 2> /dev/null
}

@test "names and groups of the host, several mounts and several users" {
	home alice 54321:54321
	home named bin:bin
	home team 54321:54400
	chmod 2770 "$dir/team"
	new
	share alice 54321:1000
	share named bin:1001
	share team 54321:1000
	lx-config set --add "$c" mount.team.owner 54322:1001
	set_key mount.team.group 54400:100
	lx-start "$c"
	same "1000 1000" "$(inside stat -c '%u %g' /srv/alice/file)"
	same "1001 1001" "$(inside stat -c '%u %g' /srv/named/file)"
	same "1000 100" "$(inside stat -c '%u %g' /srv/team)"
	lx-attach -u 1001 -g 1001 -G 100 "$c" -- touch /srv/team/shared
	same "54322 54400" "$(stat -c '%u %g' "$dir/team/shared")"
	same "$(id -u bin)" "$(stat -c %u "$dir/named/file")"
}

@test "read-only, and a file" {
	home alice 54321:54321
	new
	share alice 54321:1000 bind,ro,create=dir
	lx-start "$c"
	same hello "$(as 1000 cat /srv/alice/file)"
	fails as 1000 touch /srv/alice/x 2> /dev/null
	inside mount -o remount,rw,bind /srv/alice 2> /dev/null || true
	fails as 1000 touch /srv/alice/x 2> /dev/null
	lx-stop -k "$c"
	set_key mount.alice.source "$dir/alice/file"
	set_key mount.alice.target srv/one
	set_key mount.alice.options bind,create=file
	lx-start "$c"
	as 1000 sh -c 'echo changed > /srv/one'
	same changed "$(cat "$dir/alice/file")"
}

@test "with what is mounted below" {
	home alice 54321:54321
	mkdir "$dir/alice/sub"
	mount --bind "$dir/alice" "$dir/alice/sub"
	new
	share alice 54321:1000 rbind,create=dir
	lx-start "$c"
	umount "$dir/alice/sub"
	same "1000 1000" "$(inside stat -c '%u %g' /srv/alice/sub/file)"
	as 1000 touch /srv/alice/sub/made
	same 54321 "$(stat -c %u "$dir/alice/made")"
}

@test "in a privileged container as well" {
	home alice 54321:54321
	new
	set_key container.privileged yes
	share alice 54321:1000
	lx-start "$c"
	same "1000 1000" "$(inside stat -c '%u %g' /srv/alice/file)"
	as 1000 touch /srv/alice/made
	same 54321 "$(stat -c %u "$dir/alice/made")"
}

@test "what cannot be is refused, with its line" {
	home alice 54321:54321
	new
	share alice no-such-user:1000
	refuses "lx-start: $c: /srv/alice: there is no user no-such-user in /etc/passwd of the host; *; see $dir/store/$c/config:*" lx-start "$c"
	set_key mount.alice.owner 54321:70000
	refuses "lx-start: $c: /srv/alice: the container has no user 70000; see \[idmap\]; see *" lx-start "$c"
	set_key mount.alice.owner 54321:1000
	lx-config set --add "$c" mount.alice.owner 54321:1001
	refuses "lx-start: $c: /srv/alice: user 54321 of the host would be both 1000 and 1001 of the container; see *" lx-start "$c"
	lx-config unset "$c" mount.alice.owner
	set_key mount.alice.owner 54321:1000
	refuses "lx-config: *: owner and the option idmap exclude each other*" set_key mount.alice.options bind,idmap
}

@test "a file system without owners to map is named, also below" {
	home alice 54321:54321
	mkdir "$dir/alice/proc"
	mount -t proc proc "$dir/alice/proc"
	new
	share alice 54321:1000 rbind,create=dir
	exits 1 lx-start "$c"
	umount "$dir/alice/proc"
	like "lx-start: $c: mounts: /srv/alice: map owners of $dir/alice/proc: Invalid argument; see *; its file system has no id mapped mounts*" "$stderr"
}
