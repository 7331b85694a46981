#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# [mount] sections, and what a hostile root file system makes of them.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load lib

# mount_of LABEL SOURCE TARGET [OPTIONS]
mount_of()
{
	set_key "mount.$1.source" "$2"
	set_key "mount.$1.target" "$3"
	[ -z "${4:-}" ] || set_key "mount.$1.options" "$4"
}

make_source()
{
	mkdir -p "$dir/data"
	echo content > "$dir/data/file"
}

@test "a directory of the host" {
	make_source
	new
	mount_of data "$dir/data" srv/data bind,create=dir
	lx-start "$c"
	same content "$(inside cat /srv/data/file)"
	echo more > "$dir/data/later"
	same more "$(inside cat /srv/data/later)"
	lx-stop -k "$c"
	rm "$dir/data/later"
	# the mount point was made in the container, not elsewhere
	[ -d "$dir/store/$c/upper/srv/data" ]
	same "" "$(ls "$dir/store/$c/upper/srv/data")"
}

@test "read-only" {
	make_source
	new
	mount_of data "$dir/data" mnt bind,ro,idmap
	lx-start "$c"
	same content "$(inside cat /mnt/file)"
	fails inside sh -c 'echo x > /mnt/file' 2> /dev/null
	# the guest's root owns its mount namespace, and cannot undo it all the same
	inside mount -o remount,rw,bind /mnt 2> /dev/null || true
	inside sh -c 'mkdir /root/other; mount --bind /mnt /root/other; mount -o remount,rw,bind /root/other' 2> /dev/null || true
	fails inside sh -c 'echo x > /mnt/file' 2> /dev/null
	fails inside sh -c 'echo x > /root/other/file' 2> /dev/null
	same content "$(cat "$dir/data/file")"
}

@test "a file, with create=file" {
	make_source
	new
	mount_of file "$dir/data/file" etc/from-host bind,ro,create=file
	lx-start "$c"
	same content "$(inside cat /etc/from-host)"
}

@test "nosuid, nodev and noexec are kept" {
	make_source
	cp /bin/busybox "$dir/data/busybox" 2> /dev/null || cp "$(command -v busybox)" "$dir/data/busybox"
	new
	mount_of data "$dir/data" mnt bind,nosuid,nodev,noexec
	lx-start "$c"
	like "*nosuid*" "$(inside grep ' /mnt ' /proc/self/mountinfo)"
	like "*nodev*" "$(inside grep ' /mnt ' /proc/self/mountinfo)"
	fails inside /mnt/busybox true 2> /dev/null
}

@test "optional: what is missing is left out" {
	new
	mount_of data "$dir/no-such" mnt bind,optional
	lx-start "$c"
	fails inside grep ' /mnt ' /proc/self/mountinfo
}

@test "missing: refused, with its line" {
	new
	mount_of data "$dir/no-such" mnt bind
	line=$(grep -n '^source' "$dir/store/$c/config" | tail -n 1 | cut -d : -f 1)
	refuses "lx-start: $c: mounts: /mnt: open $dir/no-such: No such file or directory; see $dir/store/$c/config:$line" lx-start "$c"
}

@test "id maps of mounts: files of the host's root become the guest's" {
	make_source
	new
	mount_of plain "$dir/data" mnt bind
	lx-start "$c"
	same 65534 "$(inside stat -c %u /mnt/file)"
	fails inside sh -c 'echo x > /mnt/file' 2> /dev/null
	lx-stop -k "$c"
	set_key mount.plain.options bind,idmap
	lx-start "$c"
	same 0 "$(inside stat -c %u /mnt/file)"
	inside sh -c 'echo new > /mnt/made'
	same "0 0" "$(stat -c '%u %g' "$dir/data/made")"
	lx-stop -k "$c"
	rm "$dir/data/made"
}

@test "file systems of the kernel" {
	new
	set_key mount.scratch.source tmpfs
	set_key mount.scratch.target mnt
	set_key mount.scratch.type tmpfs
	set_key mount.scratch.options size=1m,mode=0750,nodev
	lx-start "$c"
	same "tmpfs 750" "$(inside sh -c 'stat -f -c %T /mnt; stat -c %a /mnt' | xargs)"
	same 1024 "$(inside df -k /mnt | awk 'END { print $2 }')"
}

@test "mounts are made in their order, one over another" {
	make_source
	new
	set_key mount.a.source tmpfs
	set_key mount.a.target mnt
	set_key mount.a.type tmpfs
	mount_of b "$dir/data" mnt/inner bind,create=dir
	lx-start "$c"
	same content "$(inside cat /mnt/inner/file)"
}

# Mount points of the host, but for those in directories of other tests, which run beside us.
mounted()
{
	awk -v own="$dir" '$5 !~ "^/run/netns" && ($5 !~ "^(/var)?/tmp/" || index($5, own) == 1) { print $5 }' /proc/self/mountinfo | LC_ALL=C sort
}

@test "no mount of the container is seen on the host, no later one of the host inside" {
	make_source
	new
	mount_of data "$dir/data" mnt bind
	mounted > "$dir/before"
	lx-start "$c"
	same "" "$(mounted | comm -13 "$dir/before" -)"
	mkdir -p "$dir/data/sub"
	mount -t tmpfs tmpfs "$dir/data/sub"
	inside ls /mnt/sub
	umount "$dir/data/sub" # it is not busy inside
	rmdir "$dir/data/sub"
	inside mount -t tmpfs tmpfs /root
	same "" "$(mounted | comm -13 "$dir/before" -)"
}

@test "a link planted as target does not lead to the host" {
	make_source
	mkdir "$dir/victim"
	for link in "$dir/victim" ../../../../../../../../../../../../../../..$dir/victim /proc/1/root$dir/victim /proc/self/cwd; do
		new
		rm -rf "$dir/store/$c/upper/srv"
		ln -s "$link" "$dir/store/$c/upper/srv"
		mount_of data "$dir/data" srv/x bind,create=dir
		lx-start "$c" 2> /dev/null || true
		same "" "$(ls "$dir/victim")"
		fails grep "$dir/victim" /proc/self/mountinfo
		lx-destroy -f "$c"
	done
	rmdir "$dir/victim"
}

@test "links planted in place of what every start mounts lead nowhere" {
	mkdir "$dir/victim"
	for name in proc sys dev run tmp etc; do
		new
		[ ! -e "$dir/store/$c/upper/$name" ] || rm -rf "$dir/store/$c/upper/$name"
		ln -s "$dir/victim" "$dir/store/$c/upper/$name"
		lx-start "$c" 2> /dev/null || true
		same "" "$(ls -A "$dir/victim")"
		fails grep "$dir/victim" /proc/self/mountinfo
		lx-destroy -f "$c"
	done
	rmdir "$dir/victim"
}

@test "a read-only root file system" {
	new
	set_key rootfs.read-only yes
	lx-start "$c"
	fails inside touch /root/mark 2> /dev/null
	inside touch /run/mark
	inside mount -o remount,rw / 2> /dev/null || true
	inside mount -o remount,rw,bind / 2> /dev/null || true
	fails inside touch /root/mark 2> /dev/null
}

@test "storage dir" {
	new -B dir
	lx-start "$c"
	inside touch /root/mark
	root=$(lx-config get "$c" rootfs.path)
	same 0 "$(stat -c %u "${root#dir:}/root/mark")"
	lx-stop "$c"
}
