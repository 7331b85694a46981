#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The root file system is hostile input: symbolic links under every path that lx writes to, mounts on or removes.

# shellcheck disable=SC2154 # dir, c, payload, ... are lib.bash's
load lib

# link_to_host PATH: in the guest, to a directory of the host
link_to_host()
{
	rm -rf "$(upper)$1"
	mkdir -p "$(dirname "$(upper)$1")"
	ln -s "$host" "$(upper)$1"
}

@test "a start mounts on nothing outside through links under its targets" {
	for path in /dev /proc /sys /run /etc /tmp; do
		host_dir
		new
		link_to_host "$path"
		lx-start "$c" 2> "$dir/stderr" || cat "$dir/stderr"
		host_dir_is_untouched
	done

	# twin: by its name, the same place is the host's
	unshare -m sh -c "mount -t tmpfs none '$(upper)/tmp' && grep -qF ' $host ' /proc/self/mountinfo"
}

@test "a start makes no target of a [mount] section outside" {
	echo data > "$dir/data"
	for kind in file dir; do
		host_dir
		new
		link_to_host /srv
		set_key mount.data.source "$([ $kind = dir ] && echo "$dir/etc" || echo "$dir/data")"
		set_key mount.data.target srv/below/data
		set_key mount.data.options "bind,create=$kind"
		lx-start "$c" 2> "$dir/stderr" || cat "$dir/stderr"
		host_dir_is_untouched
	done

	# twin: who takes the path as it stands lands on the host
	mkdir -p "$(upper)/srv/below"
	[ -d "$host/below" ]
}

@test "masked files cannot be written to, and say nothing" {
	for kind in "" privileged; do
		attacker $kind
		lx-start "$c"
		for file in /proc/kallsyms /proc/keys /proc/timer_list /proc/sysrq-trigger; do
			[ -e "$file" ] || continue
			fails sh_inside "echo x > $file"
			same "" "$(sh_inside "cat $file 2> /dev/null" || :)"
		done
		fails sh_inside "echo x > /sys/firmware/x"
	done

	# twin: uncovered, the privileged one shows what there is
	[ -n "$(sh_inside "umount /proc/timer_list && head -n 3 /proc/timer_list")" ]
}

@test "links that change while a container starts lead nowhere" {
	host_dir
	new
	(
		set +e # what is in use cannot be removed
		while [ -d "$dir/store/$c/upper" ]; do
			for path in dev proc sys srv; do
				rm -rf "${dir:?}/store/$c/upper/$path"
				ln -s "$host" "$dir/store/$c/upper/$path"
				rm -f "$dir/store/$c/upper/$path"
				mkdir -p "$dir/store/$c/upper/$path"
			done
		done
	) 2> /dev/null 3>&- &
	swapper=$!
	set_key mount.data.source "$dir/etc"
	set_key mount.data.target srv/data
	set_key mount.data.options "bind,create=dir"
	for _ in $(seq 15); do
		lx-start "$c" 2> /dev/null || :
		host_dir_is_untouched || break
		lx-stop -k "$c" 2> /dev/null || :
	done

	# twin: who makes a file by its name meets the link sooner or later
	wait_for 20 sh -c "touch '$(upper)/srv/twin' 2> /dev/null; [ -e '$host/twin' ]"
	kill "$swapper"
	wait "$swapper" || :
	rm "$host/twin"
	host_dir_is_untouched
}

@test "/dev/console and the masks are lx's own, whatever the root file system holds there" {
	host_dir
	new
	mkdir -p "$(upper)/dev"
	ln -sf "$host/marker" "$(upper)/dev/console"
	ln -sf "$host" "$(upper)/dev/pts"
	ln -sf "$host" "$(upper)/dev/shm"
	lx-start "$c"
	same pts/0 "$(inside readlink /dev/console)"
	host_dir_is_untouched
	# twin: a console that is opened by name follows the link
	same untouched "$(cat "$(upper)/dev/console")"
}

@test "names and keys that a create writes do not go through links of the image" {
	host_dir
	cat > "$dir/links" <<-END
		for _, path in ipairs { "/etc/hostname", "/etc/hosts", "/etc/machine-id", "/etc/shadow" } do
			image:remove(path)
			image:symlink("$host/marker", path)
		end
		image:symlink("$host", "/root/.ssh")
		image:symlink("$host", "/etc/ssh")
	END
	templates=$(sed -n 's/^templates = //p' "$LX_CONFIG")
	[ -f "$templates/busybox.lua" ] || skip "where the templates are, is not known"
	sed "/image:write(\"\/etc\/resolv.conf\"/{
		r $dir/links
	}" "$templates/busybox.lua" > "$dir/hostile.lua"
	grep -q "$host/marker" "$dir/hostile.lua"
	echo "ssh-ed25519 AAAA someone" > "$dir/key"
	new_name
	lx-create "$c" -t "$dir/hostile.lua" --ssh-key "$dir/key" > "$dir/create" 2>&1 || like "*authorized_keys*" "$(cat "$dir/create")"
	host_dir_is_untouched

	# without a key to write it comes about, with files of its own in place of the links
	new_name
	lx-create "$c" -t "$dir/hostile.lua" > "$dir/create" 2>&1
	host_dir_is_untouched
	[ -f "$(upper)/etc/hostname" ] && [ ! -L "$(upper)/etc/hostname" ]

	# twin: by name, the image's links lead to the host
	lower=$(lx-config get "$c" rootfs.path)
	lower=${lower#overlay:}
	same untouched "$(cat "${lower%%:*}/root/.ssh/marker")"
}

@test "destroy removes links, not what they lead to" {
	host_dir
	new
	link_to_host /srv/outside
	ln -s "$host/marker" "$(upper)/marker"
	ln -s "$host" "$dir/store/$c/work/link"
	# twin: removing through the link removes outside
	mkdir "$dir/host/victim"
	rm -r "$(upper)/srv/outside/victim"
	[ ! -e "$dir/host/victim" ]

	lx-destroy "$c"
	[ ! -e "$dir/store/$c" ]
	host_dir_is_untouched
}

@test "masks, read-only paths and devices of the configuration do not go through links to the host" {
	host_dir
	attacker
	link_to_host /srv
	ln -s "$host/marker" "$(upper)/marker"
	lx-config set --add "$c" security.masked-paths /srv
	lx-config set --add "$c" security.masked-paths /srv/marker
	lx-config set --add "$c" security.masked-paths /marker
	lx-config set --add "$c" security.read-only-paths /srv
	set_key device.one.path /dev/null
	set_key device.one.target /dev/below/here/null
	lx-start "$c" 2> "$dir/stderr" || cat "$dir/stderr"
	host_dir_is_untouched
	touch "$host/writable" # nor read-only
	rm "$host/writable"

	# and there is no writing down a target that leads out of /dev
	fails lx-config set "$c" device.one.target "/dev/../../../..$host/null"

	# twin: by name, they lead there
	same untouched "$(cat "$(upper)/srv/marker")"
}

@test "a program that is set-user-id in a guest is out of reach of the host's users" {
	attacker
	lx-start "$c"
	sh_inside "cp /bin/payload-inside /srv-shell; chmod 4755 /srv-shell"
	file=$(upper)/srv-shell
	same 0:4755 "$(stat -c %u:%a "$file")" # on disk it is the host's root's
	cp "$payload" "$dir/bin/payload-any"
	same EACCES "$("$dir/bin/payload-any" as 65533 "$file" handle / || :)"
	fails "$dir/bin/payload-any" as 65533 /bin/sh -c "ls '$dir/store/$c'" 2> /dev/null

	# twin: with the directories open, it is executed
	chmod 755 "$dir/store" "$dir/store/$c" "$dir/store/$c/upper"
	fails "$dir/bin/payload-any" as 65533 "$file" > "$dir/said" 2>&1
	like "*not a word of mine*" "$(cat "$dir/said")"
	chmod 700 "$dir/store"
}
