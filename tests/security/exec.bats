#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ways out through a process that enters the container: what it executes, what it has open, its terminal, its keys.

# shellcheck disable=SC2154 # dir, c, payload, ... are lib.bash's
load lib

# Makes the guest execute the host's program that joins it, and its own loader under it (CVE-2019-5736).
set_trap()
{
	local interpreter

	interpreter=$(head -c 4096 "$1" | grep -a -o '/lib[^ ]*/ld-[a-zA-Z0-9_.-]*' | head -n 1)
	[ -n "$interpreter" ] || skip "lx has no interpreter"
	plant "$loader" "$interpreter"
	printf '#!/proc/self/exe\n' > "$dir/trap"
	plant "$dir/trap" "$2"
}

# lx is a copy here: the twin does overwrite it.
victim()
{
	mkdir -p "$dir/victim"
	rm -f "$dir/victim/lx"
	cp "$(readlink -f "$(command -v lx)")" "$dir/victim/lx"
	cp "$dir/victim/lx" "$dir/victim/before"
}

attack_attach()
{
	victim
	attacker "$@"
	set_trap "$dir/victim/lx" /bin/trap
	lx-start "$c"
	"$dir/victim/lx" attach "$c" -- /bin/trap || :
	wait_for 10 sh_inside "[ -s /tmp/overwrite ]"
	output=$(sh_inside "cat /tmp/overwrite")
}

@test "the program of an attach is not overwritten through /proc/self/exe" {
	attack_attach
	same EACCES "$output"
	cmp "$dir/victim/before" "$dir/victim/lx"
}

@test "twin: without a user namespace it is" {
	attack_attach privileged
	same overwritten "$output"
	fails cmp -s "$dir/victim/before" "$dir/victim/lx"
}

attack_start()
{
	attacker "$@"
	mkdir -p "$dir/libexec"
	cp "$(sed -n 's/^libexec = //p' "$LX_CONFIG")"/lx-* "$dir/libexec/" 2> /dev/null || skip "where lx-monitord is, is not known"
	cp "$dir/libexec/lx-monitord" "$dir/before"
	sed "s|^libexec = .*|libexec = $dir/libexec|" "$LX_CONFIG" > "$dir/victim.conf"
	set_trap "$dir/libexec/lx-monitord" /bin/trap
	set_key container.init /bin/trap
	LX_CONFIG=$dir/victim.conf lx-start "$c" || :
	wait_for 10 state_is STOPPED
	cmp "$dir/before" "$dir/libexec/lx-monitord"
}

@test "the monitor's program is not overwritten by an init that executes it" {
	attack_start
	# the init ran: it got so far as to try; the twin is the next test, where this layer is off
	same EACCES "$(cat "$(upper)/tmp/overwrite")"
}

@test "nor in a privileged container, whose monitor runs as long as it does" {
	attack_start privileged
	# the twin is that of lx-attach above, which has ended when it is tried
	same ETXTBSY "$(cat "$(upper)/tmp/overwrite")"
}

@test "lx-execute runs a sealed copy of lx-init in memory, privileged or not" {
	for kind in "" privileged; do
		attacker $kind
		output=$(lx-execute "$c" -- sh -c 'readlink /proc/1/exe; exec 3< /proc/1/exe; (echo x > /proc/self/fd/3) 2> /dev/null && echo written; true')
		like "/memfd:lx-init*" "$output"
		fails grep written <<< "$output"
	done

	# twin: the same words on a file that is not sealed
	same written "$(lx-execute "$c" -- sh -c 'cp /bin/busybox /tmp/b; exec 3< /tmp/b; (echo x > /proc/self/fd/3) && echo written')"
}

@test "descriptors and the working directory of the caller do not come along" {
	attacker
	exec 7< /etc/shadow
	cd "$dir"
	lx-start "$c"
	init_is_up
	same "0 1 2 3" "$(sh_inside 'ls /proc/self/fd' | tr '\n' ' ' | sed 's/ $//')" # 3 is the directory that ls reads
	same "0 1 2" "$(sh_inside 'ls /proc/1/fd' | tr '\n' ' ' | sed 's/ $//')"
	fails sh_inside "readlink /proc/*/fd/* | grep shadow"
	like "/*" "$(sh_inside pwd)"
	fails sh_inside "[ -e marker ] || [ -e lx.conf ]"
	fails sh_inside "ls -l /proc/[0-9]*/cwd | grep '$dir'"
	fails grep shadow <<< "$(ls -l "/proc/$(monitor_pid)/fd")"

	# twin: whoever joins by hand brings them along
	like "*7*" "$(nsenter -t "$(init_pid)" -U -m -p -- /bin/ls /proc/self/fd | tr '\n' ' ')"
	cd /
	exec 7<&-
}

tty_device()
{
	script -qec "$*" /dev/null < /dev/null | tr -d '\r\b\000' | sed 's|^\(\^[@D]\)*||' | tail -n 1
}

@test "nothing can be typed into the caller's terminal (TIOCSTI)" {
	command -v script > /dev/null || skip "script is not installed"
	attacker
	lx-start "$c"
	same EPERM "$(tty_device "lx-attach $c -- payload-inside tiocsti x")"

	# the second layer: the terminal is not the caller's
	lx-stop -k "$c"
	set_key security.seccomp none
	lx-start "$c"
	fails [ "$(tty_device "lx-attach $c -- stat -L -c %d /proc/self/fd/0")" = "$(tty_device "stat -L -c %d /proc/self/fd/0")" ]

	# twins: both are the caller's for who joins by hand, and the call works
	same "$(tty_device "nsenter -t $(init_pid) -U -m -p -- /bin/stat -L -c %d /proc/self/fd/0")" \
		"$(tty_device "stat -L -c %d /proc/self/fd/0")"
	[ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2> /dev/null || echo 1)" = 1 ] || skip "this kernel has no TIOCSTI"
	like "*typed" "$(tty_device "$payload tiocsti x")"
}

# hunted SECONDS COMMAND...: what the guest sees behind processes that COMMAND brings in
hunted()
{
	local seconds=$1 hunter
	shift

	inside payload-inside hunt "$seconds" > "$dir/hunt" 3>&- &
	hunter=$!
	wait_for 10 inside pidof payload-inside
	"$@" || :
	wait "$hunter" || :
	output=$(cat "$dir/hunt")
}

many_attaches()
{
	for _ in $(seq 100); do
		inside true
	done
}

@test "an attaching process cannot be looked into or traced before it is the guest's" {
	attacker
	set_key security.apparmor unconfined # a profile alone would do
	lx-start "$c"
	hunted 3 many_attaches
	same "saw nothing" "$output"

	# twin: one that is dumpable can
	hunted 60 "$payload" join "$(init_pid)" 2 # it ends when it sees
	like "saw *payload*" "$output"
}

@test "the caller's keys stay outside" {
	attacker
	set_key security.seccomp none
	"$payload" with-key lxtest lx-start "$c"
	same ENOKEY "$("$payload" with-key lxtest lx-attach "$c" -- payload-inside find-key lxtest)"
	sh_inside "payload-inside find-key lxtest" | grep -x ENOKEY

	# twin: a process that keeps the session keyring finds it
	same found "$("$payload" with-key lxtest "$payload" find-key lxtest)"

	# and the default filter hides keys altogether
	lx-stop -k "$c"
	set_key security.seccomp default
	lx-start "$c"
	same ENOSYS "$(try find-key lxtest || :)"
	same ENOSYS "$(try add-key lxtest || :)"
}

@test "a /proc that the guest has replaced does not change what an attach gives up" {
	attacker
	lx-start "$c"
	rights="mkdir -p /tmp/proc && mount -t proc proc /tmp/proc && grep -E '^(CapBnd|Seccomp):' /tmp/proc/self/status
		cat /tmp/proc/self/uid_map; umount /tmp/proc"
	wanted=$(sh_inside "$rights")
	like "*Seccomp:?2*" "$wanted"
	sh_inside "mount -t tmpfs none /proc && mkdir -p /proc/self/attr /proc/self/fd /proc/1/ns /proc/sys/kernel &&
		echo unconfined > /proc/self/attr/current && echo 0 > /proc/sys/kernel/cap_last_cap && ln -s /nowhere /proc/self/exe"
	same "$wanted" "$(sh_inside "$rights")"

	# twin: with the layers taken off by hand the same words differ
	fails [ "$wanted" = "$(lx-attach --elevated-privileges "$c" -- sh -c "$rights")" ]
}

@test "a request to a terminal is known by its low half, as the kernel knows it" {
	attacker
	lx-start "$c"
	for request in 5412 100005412 ffffffff00005412 541c 10000541c; do # TIOCSTI, TIOCLINUX
		same EPERM "$(tty_device "lx-attach $c -- payload-inside ioctl $request")"
	done

	# twin: without the filter, the kernel takes it for the same
	lx-stop -k "$c"
	set_key security.seccomp none
	lx-start "$c"
	same typed "$(tty_device "lx-attach $c -- payload-inside ioctl 100005412" | sed 's/.*typed/typed/')"
}

# The device and the file system that 40 joining processes find as their terminal: "TYPE:FILESYSTEM"
terminals()
{
	for _ in $(seq 40); do
		timeout 100 script -qec "lx-attach $c -- stat -L -c %t:%d /proc/self/fd/0" /dev/null < /dev/null | tr -d '\r\b\000' |
			grep -o '[0-9a-f]*:[0-9]*$' || :
	done
}

@test "names in /dev and /proc that change while a process joins lead nowhere" {
	command -v script > /dev/null || skip "script is not installed"
	host_dir
	attacker
	lx-start "$c"
	wanted=$(terminals | sort -u)
	sh_inside "mkdir -p /dev/fake /srv/proc/self/fd /srv/pts; ln -s '$host/marker' /srv/pts/0; ln -s '$host/marker' /dev/fake/console
		ln -s '$host' /dev/fake/ptmx; ln -s '$host/marker' /dev/fake/tty; ln -s '$host/marker' /dev/fake/null"
	swappers=
	for name in console ptmx tty null; do
		inside payload-inside swap "/dev/$name" "/dev/fake/$name" 6 > "$dir/swap.$name" 2>&1 3>&- < /dev/null &
		swappers+=" $!"
	done
	sh_inside 'for i in $(seq 500); do mount --bind /srv/pts /dev/pts && umount -l /dev/pts; mount --bind /srv/proc /proc && umount -l /proc; done' \
		> /dev/null 2>&1 3>&- < /dev/null &
	swappers+=" $!"
	terminals | sort -u > "$dir/terminals"
	for swapper in $swappers; do
		wait "$swapper"
	done
	same "" "$(cat "$dir"/swap.*)" # they did change, to the end
	same "$wanted" "$(cat "$dir/terminals")" # the container's devpts, and no other
	host_dir_is_untouched

	# twin: opened by its name, the console is what the guest put there
	sh_inside "rm -f /dev/console; ln -s /srv/x /dev/console; echo mine > /srv/x"
	same mine "$(inside cat /dev/console)"
}
