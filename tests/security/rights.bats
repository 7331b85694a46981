#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What processes of a container may do: /proc/PID/status against the plan; and what they have of the host's.

# shellcheck disable=SC2154 # dir, tag, stderr, ... are lib.bash's
load ../functional/lib

init_pid()
{
	lx-info -pH "$c"
}

# status PID: the fields that the plan speaks of, in its form
status()
{
	sed -n 's/^\(CapInh\|CapPrm\|CapEff\|CapBnd\|CapAmb\|NoNewPrivs\|Seccomp\):\t/  \1 /p' "/proc/$1/status" | sort
}

planned()
{
	lx-start --dry-run "$c" | grep -E '^  (Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp) ' | sort
}

# plant FILE PATH: into $c, before it starts
plant()
{
	install -D -m 755 "$1" "$dir/store/$c/upper$2"
}

@test "what the plan says is what init has" {
	local settings=(
		container.privileged=no
		container.privileged=yes
		'security.capabilities.keep=chown kill setuid setgid sys_boot'
		security.capabilities.drop=sys_admin
		security.no-new-privileges=yes
		security.seccomp=none
		'security.capabilities.ambient=net_bind_service chown'
		security.securebits=noroot
	)
	local seen=

	for setting in "${settings[@]}"; do
		new
		set_key "${setting%%=*}" "${setting#*=}"
		lx-start "$c"
		[ -n "$(planned)" ]
		same "$(planned)" "$(status "$(init_pid)")"
		seen+=$(planned | cksum)$'\n'
		lx-destroy -f "$c"
	done
	# each is the other's twin: they are not all the same, each says something else than the default, but privileged
	same 7 "$(sort -u <<< "$seen" | grep -c .)"
}

@test "ambient capabilities are for a user who is not root" {
	new
	# the twin: without
	fails lx-execute -u 1000 -g 1000 "$c" -- sh -c 'grep ^CapEff: /proc/self/status; chown 5 /dev/shm 2> /dev/null' > "$dir/stdout"
	grep -qx 'CapEff:.0000000000000000' "$dir/stdout"
	set_key security.capabilities.ambient net_bind_service,chown
	lx-execute -u 1000 -g 1000 "$c" -- sh -c 'grep -E "^(Uid|Cap(Eff|Prm|Inh|Amb)):" /proc/self/status; chown 5 /dev/shm && stat -c %u /dev/shm' > "$dir/stdout"
	same 4 "$(grep -c '^Cap...:.0000000000000401$' "$dir/stdout")"
	grep -q '^Uid:.1000.1000.1000.1000$' "$dir/stdout"
	same 5 "$(tail -n 1 "$dir/stdout")"
	set_key security.capabilities.drop chown
	refuses "lx-execute: $c: ambient capability chown is not in the bounding set; see *" lx-execute -u 1000 "$c" -- true
}

@test "securebits: a root without rights, also when it is brought in" {
	new
	lx-start "$c"
	inside chown 5 /dev/shm # the twin: with its rights
	lx-stop -k "$c"
	set_key security.securebits noroot,noroot-locked,no-setuid-fixup-locked
	lx-start "$c"
	same "  CapEff 0000000000000000" "$(status "$(init_pid)" | grep CapEff)"
	like "CapEff:?0000000000000000" "$(inside grep ^CapEff: /proc/self/status)"
	fails inside chown 6 /dev/shm 2> /dev/null
	like "CapEff:?*[1-9a-f]*" "$(lx-attach --elevated-privileges=CAP "$c" -- grep ^CapEff: /proc/self/status)"
}

@test "core scheduling is there, or refused, or left out" {
	new
	set_key security.core-scheduling auto # the twin of "yes", which starts anywhere
	lx-start "$c"
	inside true
	lx-stop -k "$c"
	set_key security.core-scheduling yes
	if lx-checkconfig | grep -q 'core scheduling.*PR_SCHED_CORE'; then
		lx-start "$c"
		inside true
	else
		refuses "lx-start: $c: no core scheduling here: *; set core-scheduling = auto or no; see *" lx-start "$c"
	fi
}

@test "resource limits of a command are the container's, not the caller's" {
	new
	set_key security.rlimit nofile=300:400
	lx-config set --add "$c" security.rlimit core=5
	lx-start "$c"
	(
		ulimit -S -n 200
		ulimit -S -f 100000
		# the twin: a process of the caller's has them
		like "Max open files *200 *" "$(grep '^Max open files' /proc/self/limits)"
		inside cat /proc/self/limits > "$dir/limits"
	)
	like "Max open files *300 *400 *" "$(grep '^Max open files' "$dir/limits")"
	like "Max core file size *5 *5 *" "$(grep '^Max core' "$dir/limits")"
	like "Max file size *unlimited *unlimited *" "$(grep '^Max file size' "$dir/limits")"
	# and nothing is more than init's own
	same "$(awk 'NR > 1' "/proc/$(init_pid)/limits" | grep -v '^Max \(open\|core\)')" "$(awk 'NR > 1' "$dir/limits" | grep -v '^Max \(open\|core\)')"
}

# Number and target of each descriptor of a shell.
lister='for fd in /proc/self/fd/*; do [ -e "$fd" ] && echo "${fd##*/} $(readlink "$fd")"; done; true'

@test "init has no descriptor, directory, environment of the host" {
	exec 7< "$dir/lx.conf" # which lx-start inherits
	new
	SECRET=host lx-start "$c"
	init_is_up
	# the twin: what inherits it is seen to have it
	like "*lx.conf*" "$(sh -c "$lister" < /dev/null)"
	exec 7<&-
	pid=$(init_pid)
	same "0 1 2" "$(ls "/proc/$pid/fd" | sort -n | head -n 3 | xargs)"
	for fd in "/proc/$pid/fd"/*; do
		target=$(readlink "$fd")
		like '/dev/@(pts/*|console|null|tty*)' "$target"
	done
	same "$(stat -L -c %d:%i "/proc/$pid/root")" "$(stat -L -c %d:%i "/proc/$pid/cwd")"
	same "/" "$(inside readlink /proc/1/cwd)"
	like "/bin/*" "$(inside readlink /proc/1/exe)"
	fails grep -qz SECRET "/proc/$pid/environ"
}

@test "a command that is brought in has none either; the twin sees one" {
	new
	lx-start "$c"
	exec 7< "$dir/lx.conf"
	cd "$dir"
	SECRET=host inside sh -c "$lister" > "$dir/out" < /dev/null
	same "" "$(awk '$1 > 2 && $2 !~ "/proc/"' "$dir/out")"
	same /root "$(inside pwd)"
	same "" "$(SECRET=host inside sh -c 'echo $SECRET')"
	like "/bin/*" "$(inside readlink /proc/self/exe)"
	# the twin: the same look at a shell that was given a descriptor finds it
	sh -c "$lister" > "$dir/out" < /dev/null
	exec 7<&-
	like "*7 $dir/lx.conf*" "$(awk '$1 > 2 && $2 !~ "/proc/"' "$dir/out")"
}

# What a process has; as a script of the guest's.
belongings='
grep -E "^(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp):" /proc/self/status
cat /proc/self/limits
sed "s,/.lx-probe\$,/," /proc/self/cgroup
cat /proc/self/attr/current 2> /dev/null | tr -d "\\0"
for one in cgroup ipc mnt net time user uts; do readlink /proc/self/ns/$one; done
env | grep -v -e ^PWD= -e ^OLDPWD= -e ^SHLVL= -e ^TERM= | sort'

@test "a probe's command has what a command has that is brought in, and nothing of the monitor's" {
	for privileged in no yes; do
		exec 7< "$dir/lx.conf"
		new
		set_key container.privileged "$privileged"
		printf '%s\n' "$belongings" > "$dir/look"
		plant "$dir/look" /look
		printf '#!/bin/sh\nsh /look > /run/has\n%s > /run/fds\nstat -L -c %%d:%%i /proc/self/fd/0 > /run/null\npwd > /run/pwd\ncat /proc/self/oom_score_adj > /run/score\n' "$lister" > "$dir/probe"
		plant "$dir/probe" /probe
		set_key ready.look.command /probe
		set_key security.oom-score-adj 345
		SECRET=host lx-start --wait=ready --timeout 200 "$c"
		exec 7<&-
		inside sh /look > "$dir/wanted" < /dev/null
		inside cat /run/has > "$dir/has"
		diff "$dir/wanted" "$dir/has"
		same "" "$(inside awk '$1 > 2 && $2 !~ "/proc/"' /run/fds)"
		same / "$(inside cat /run/pwd)"
		same 345 "$(inside cat /run/score)"
		# not even a device of the host's, which root could change where it is the host's root
		same "$(inside stat -c %d:%i /dev/null)" "$(inside cat /run/null)"
		# the twin: what a caller passes on is seen to be another; and a process of the host has other rights
		fails same "$(inside cat /run/null)" "$(inside stat -L -c %d:%i /proc/self/fd/0 < /dev/null)"
		fails diff <(sh "$dir/look") "$dir/has" > /dev/null
	done
}

@test "nor has lx-execute, nor a hook inside" {
	exec 7< "$dir/lx.conf"
	new
	cd "$dir"
	SECRET=host lx-execute "$c" -- sh -c "$lister; pwd; echo secret=\$SECRET" > "$dir/out" < /dev/null
	same "" "$(awk '$1 ~ /^[0-9]+$/ && $1 > 2 && $2 !~ "/proc/"' "$dir/out")"
	grep -qx secret= "$dir/out"
	fails grep -F "$dir" "$dir/out"
	# the twin: the same look without the container finds all three
	SECRET=host sh -c "$lister; pwd; echo secret=\$SECRET" > "$dir/out" < /dev/null
	grep -qx secret=host "$dir/out"
	grep -qx "7 $dir/lx.conf" "$dir/out"
	set_key hook.start "/bin/sh -c 'ls -l /proc/self/fd > /dev/shm/fds; pwd > /dev/shm/pwd; env > /dev/shm/env'"
	SECRET=host lx-start "$c"
	exec 7<&-
	same / "$(inside cat /dev/shm/pwd)"
	fails inside grep -F "$dir" /dev/shm/fds
	fails inside grep SECRET /dev/shm/env
}
