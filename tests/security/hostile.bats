#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest whose files and words are traps for the programs that look at them: what lx opens while it starts and joins, what it
# prints, what it keeps.

# shellcheck disable=SC2154 # dir, c, payload, ... are lib.bash's
load lib

# fifo PATH: in $c, before it starts; whoever opens it for reading waits for ever
fifo()
{
	rm -rf "$(upper)$1"
	mkdir -p "$(dirname "$(upper)$1")"
	mkfifo -m 644 "$(upper)$1"
}

# hangs COMMAND...: it does not come to an end
hangs()
{
	exits 124 timeout 1 "$@"
}

@test "an init that is a fifo, a device, a directory or a link to nowhere ends the start, with nothing left" {
	for kind in fifo device directory link loop; do
		attacker
		mkdir -p "$(upper)/srv"
		case $kind in
		fifo) fifo /srv/init ;;
		device) mknod -m 755 "$(upper)/srv/init" c 1 5 ;;
		directory) mkdir "$(upper)/srv/init" ;;
		link) ln -s /nowhere "$(upper)/srv/init" ;;
		loop) ln -s init "$(upper)/srv/init" ;;
		esac
		set_key container.init /srv/init
		refuses "lx-start: $c: *" timeout 200 lx-start "$c"
		state_is STOPPED
		gone
	done

	# twin: a program of that name is started
	rm "$(upper)/srv/init"
	plant "$payload" /srv/init
	set_key container.init "/srv/init init STATUS=up"
	lx-start "$c"
	state_is RUNNING
}

@test "a reboot meets the traps that the guest has set as it ran, and ends" {
	host_dir
	attacker
	set_key mount.data.source "$dir/etc"
	set_key mount.data.target srv/data
	set_key mount.data.options "bind,create=dir"
	lx-start "$c"
	monitor=$(monitor_pid)
	# twin: without traps it comes back
	timeout 600 lx-stop -r "$c"
	wait_for 20 state_is RUNNING
	same "$monitor" "$(monitor_pid)"

	init=$(lx-config get "$c" container.init)
	sh_inside "umount /srv/data; rm -rf /srv; ln -s '$host' /srv; rm -f '$init'; mkfifo '$init'; chmod 755 '$init'"
	timeout 600 lx-stop -r "$c" || :
	wait_for 20 state_is STOPPED
	gone
	host_dir_is_untouched
}

# What is joined, and how long it may take
joins()
{
	same "$1" "$(timeout 200 lx-attach "$c" -- sh -c 'echo "$HOME"')"
}

@test "a passwd that is a fifo, endless, huge or nonsense does not hold up an attach" {
	attacker
	lx-start "$c"
	sh_inside "rm /etc/passwd && mkfifo /etc/passwd"
	joins /root
	hangs lx-attach "$c" -- cat /etc/passwd # twin: who just opens it
	sh_inside "rm /etc/passwd && ln -s /dev/zero /etc/passwd"
	joins /root
	hangs lx-attach "$c" -- grep -q x /etc/passwd
	sh_inside "rm /etc/passwd && ln -s /proc/1/fd/0 /etc/passwd"
	joins /root
	sh_inside "rm /etc/passwd && mkdir /etc/passwd"
	joins /root
	sh_inside "rmdir /etc/passwd; { echo root:x:0:0:root:/srv:/bin/sh; yes user:x:1:1::/:/bin/sh | head -c 60000000; } > /etc/passwd"
	joins /root
	sh_inside "printf '%s\n' :::: 'root:x:99999999999999999999:0::/a:/b' 'root:x:0:0::relative:relative' > /etc/passwd"
	joins /root
	sh_inside "echo root:x:0:0:root:/srv:/bin/sh > /etc/passwd" # twin: one that is as it should be counts
	joins /srv
}

@test "a shell of the guest's passwd with words for the terminal is printed without them" {
	attacker
	lx-start "$c"
	sh_inside "printf 'root:x:0:0:root:/:/bin/\033]0;owned\007\n' > /etc/passwd; mv /bin/sh /bin/sh2"
	exits 127 lx-attach "$c" < /dev/null
	like "*/bin/?]0;owned?*" "$stderr"
	fails grep -q "$(printf '\033')" "$dir/stderr"
	# twin: as the guest wrote it
	lx-attach "$c" -- cat /etc/passwd | grep -q "$(printf '\033')"
}

# telling_hook FILE: a hook that writes there its own filter and rights, its descriptors, and what it sees of its parent
telling_hook()
{
	cat > "$dir/hook" <<-END
		#!/bin/sh
		sed -n -e 's/^Seccomp:[^0-9]*/seccomp /p' -e 's/^CapBnd:[^0-9a-f]*/bounding /p' /proc/self/status > $1
		echo "seen \$( (ls -l /proc/\$PPID/fd/ && ls -l /proc/\$PPID/exe) 2>&1 | grep -c -e '->')" >> $1
		echo "open \$(ls /proc/self/fd | wc -l)" >> $1
	END
	chmod 755 "$dir/hook"
}

@test "a start hook, which is the guest's program, is as confined as its init, and sees nothing of who started it" {
	for kind in "" privileged; do
		attacker $kind
		telling_hook /tmp/told
		plant "$dir/hook" /bin/hook
		set_key hook.start /bin/hook
		lx-start "$c"
		inside cat /tmp/told > "$dir/told"
		grep -x "seccomp 2" "$dir/told"
		grep -x "bounding $(inside sed -n 's/^CapBnd:[^0-9a-f]*//p' /proc/1/status)" "$dir/told"
		grep -x "open 4" "$dir/told" # the fourth is the directory that ls reads
		[ "$kind" = privileged ] || grep -x "seen 0" "$dir/told"
	done

	# twin: a hook of the host is not confined, and sees its parent
	rm "$dir/told"
	telling_hook "$dir/told"
	lx-stop -k "$c"
	lx-config unset "$c" hook.start
	set_key hook.pre-start "$dir/hook"
	lx-start "$c"
	grep -x "seccomp 0" "$dir/told"
	fails grep -x "seen 0" "$dir/told"
}

# Files that a C library of the host would open in the guest, if it were asked for a name, a text or a module there
# (CVE-2019-14271)
library_files()
{
	local interpreter

	printf '%s\n' /etc/nsswitch.conf /etc/ld.so.preload /etc/ld.so.cache /etc/group /etc/localtime /etc/hosts /etc/resolv.conf \
		/usr/lib/locale/locale-archive /etc/ld-nowhere.so
	for library in libnss_files.so.2 libc.so.6 libgcc_s.so.1 libselinux.so.1 libapparmor.so.1 libsystemd.so.0 gconv/gconv-modules; do
		interpreter=$(uname -m)-linux-gnu
		printf '%s\n' "/lib/$interpreter/$library" "/usr/lib/$interpreter/$library"
	done
}

@test "joining opens no library and no data base of the guest" {
	for kind in "" privileged; do
		attacker $kind
		for file in $(library_files); do
			fifo "$file"
		done
		lx-start "$c"
		same inside "$(timeout 200 lx-attach "$c" -- echo inside)"
		same 1000 "$(timeout 200 lx-attach -u 1000 -g 1000 "$c" -- id -u)"
	done

	# twin: who opens one of them waits
	hangs lx-attach "$c" -- cat /etc/nsswitch.conf
}

@test "no working directory leads out (CVE-2024-21626)" {
	attacker
	lx-start "$c"
	cd /etc
	exec 7< "$dir"
	for fd in 3 4 5 6 7 8 9 10; do
		fails lx-attach --work-dir "/proc/self/fd/$fd" "$c" -- sh -c 'ls; ls ..; ls ../..' > "$dir/seen" 2>&1 ||
			fails grep -x -e lx.conf -e "$(basename "$dir")" "$dir/seen"
	done
	lx-stop -k "$c"
	for fd in 3 5 7 8 9; do
		set_key container.work-dir "/proc/self/fd/$fd"
		set_key container.init "/bin/payload-inside init STATUS=up"
		lx-start "$c" 2> "$dir/stderr" || continue
		fails lx-attach "$c" -- ls /proc/1/cwd/lx.conf /proc/1/cwd/../lx.conf
		lx-stop -k "$c"
	done

	# twin: a process that joins with the descriptor open gets out by it
	lx-config unset "$c" container.work-dir
	lx-start "$c"
	like "*lx.conf*" "$(nsenter -t "$(init_pid)" -U -m -p -- /bin/sh -c 'cd /proc/self/fd/7 && ls')"
	exec 7<&-
	cd /
}

@test "the words of a guest neither steer the reader's terminal nor forge lines" {
	attacker
	forged=$(printf 'STATUS=up\033]0;owned\007\302\2332J\rinit-pid = 1')
	printf '#!/bin/sh\nexec /bin/payload-inside init "$(cat /srv/words)"\n' > "$dir/talker"
	plant "$dir/talker" /sbin/talk
	printf %s "$forged" > "$dir/words"
	plant "$dir/words" /srv/words 644
	set_key container.init /sbin/talk
	lx-start "$c"
	wait_for 5 sh -c "lx-info '$c' | grep owned"
	for command in "lx-info $c" "lx-info --format=json $c" "lx-ls -f" "cat $dir/run/$c/state" "cat $dir/log/$c.log"; do
		$command > "$dir/said"
		fails grep -q -e "$(printf '\033')" -e "$(printf '\302\233')" -e "$(printf '\r')" "$dir/said"
		fails grep -q '^init-pid = 1$' "$dir/said"
	done
	[ "$(init_pid)" -gt 1 ]
	# twin: they are in what it said
	inside cat /srv/words | grep -q "$(printf '\033')"
}

@test "a console that is flooded costs what its log may take, and the monitor lives on" {
	attacker
	set_key console.log-size 1M
	lx-start "$c"
	monitor=$(monitor_pid)
	before=$(awk '/^VmRSS/ { print $2 }' "/proc/$monitor/status")
	timeout 600 lx-attach "$c" -- sh -c 'yes 0123456789012345678901234567890123456789 | head -c 20000000 > /dev/console'
	# two files, and each may get twice its size while the keeper is busy
	[ "$(du -ck "$dir/log/$c.console" "$dir/log/$c.console.1" | tail -n 1 | cut -f 1)" -le 4300 ]
	[ "$(awk '/^VmRSS/ { print $2 }' "/proc/$monitor/status")" -le $((before + 2048)) ]
	same "$monitor" "$(monitor_pid)"
	inside true

	# twin: the guest's own file takes it all
	sh_inside "yes 0123456789012345678901234567890123456789 | head -c 20000000 > /tmp/flood"
	[ "$(stat -c %s "$(upper)/tmp/flood")" -gt 4300000 ]
}

@test "directories deeper than any path is long can be destroyed" {
	attacker
	lx-start "$c"
	same made "$(sh_inside "cd /tmp && payload-inside deep 5000")"
	sh_inside 'cd /tmp && mkdir -- "$(printf "\n\033[2J")" "-rf"'
	lx-stop -k "$c"
	# twin: there is no opening it by name
	fails stat "$(upper)/tmp/$(printf 'd/%.0s' $(seq 5000))" 2> /dev/null
	(ulimit -Sn 1024; lx-destroy "$c")
	[ ! -e "$dir/store/$c" ]
}
