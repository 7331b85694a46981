# SPDX-License-Identifier: LGPL-2.1-or-later
# What the functional tests share; a file says "load lib" and has then:
#
#   - a directory of its own, $dir, with an lx.conf that moves everything of lx below it, and the commands in PATH: those of
#     the build tree when $top_builddir is set, otherwise the installed ones;
#   - new, which makes a busybox container with a name of its own in $c; all of them are destroyed after the test;
#   - a bridge, after need_bridge, with a name and network of its own;
#   - images that are built once and shared by all files of a run, in $LX_TEST_IMAGES;
#   - after its last test, a check that nothing of it is left on the host.
#
# Files can run side by side; tests of one file run one after the other. Containers have no link unless a test gives them
# one. A file that needs more than the functions below for its start and end calls file_begin and file_end itself.

bats_require_minimum_version 1.5.0

setup_file()
{
	file_begin
}

teardown_file()
{
	file_end
}

setup()
{
	test_begin
}

teardown()
{
	test_end
}

# ---- one file

# skip_file REASON, in setup_file: bats up to 1.8 cannot skip there, so each test does it (test_begin). The caller returns.
skip_file()
{
	export skipped_file=$1
}

file_begin()
{
	[ "$(id -u)" = 0 ] || { skip_file "needs root"; return; }

	# on a disk: what is true of overlay and id maps there is what users have
	dir=$(mktemp -d /var/tmp/lx-test.XXXXXX)
	chmod 755 "$dir" # the guest's root passes through it to its own root file system
	tag=$(printf %s "$dir" | cksum | cut -d ' ' -f 1)
	tag=$((tag + 1000000000)) # always of ten digits: no file's is the beginning of another's
	export dir tag LX_CONFIG="$dir/lx.conf" BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-600}
	bridge=lxt$tag
	network=10.$((130 + tag % 100)).$((tag / 100 % 256))
	export bridge network

	export LX_TEST_IMAGES=${LX_TEST_IMAGES:-${top_builddir:-$dir}/tests/images}

	mkdir "$dir/etc" "$dir/bin"
	printf '[network eth0]\ntype = empty\n' > "$dir/etc/default.conf"
	write_conf > "$LX_CONFIG"
	find_commands
}

# Ids up to 2900000000 are those of all files; what single files have besides is above.
#
# Where lx is installed its place is a link in what passes for a build tree; by its own name systemd starts monitors from there.
write_conf()
{
	cat <<-EOF
		[paths]
		containers = $dir/store
		images = $LX_TEST_IMAGES
		cache = $dir/cache
		run = $dir/run
		log = $dir/log
		config = $dir/etc
		${top_builddir:+templates = $top_srcdir/templates}
		${top_builddir:+share = $top_srcdir}
		${top_builddir:+libexec = $(readlink -f "$top_builddir/src/libexec")}
		[defaults]
		log-target = file
		[network]
		bridge = $bridge
		ipv4.address = $network.1/24
		[idmap]
		base = $((1000000000 + tag % 450 * 4194304))
		size = 4194304
	EOF
}

# Are the commands installed ones? In what a lane has in place of a build tree (tests/lane) they are links.
installed()
{
	[ -z "${top_builddir:-}" ] || [ -L "$top_builddir/lx" ]
}

# The build tree has one program; its names are links that installing makes.
find_commands()
{
	local verb

	[ -n "${top_builddir:-}" ] || return 0
	ln -s "$top_builddir/lx" "$dir/bin/lx"
	for verb in attach audit autostart checkconfig config console create destroy execute freeze gc info ls net start stop unfreeze wait; do
		ln -s "$top_builddir/lx" "$dir/bin/lx-$verb"
	done
	export PATH=$dir/bin:$PATH
}

file_end()
{
	[ -n "${dir:-}" ] || return 0
	destroy_all
	[ ! -e "$dir/bridge" ] || lx-net down --force
	nothing_left || {
		show_logs
		return 1
	}
	rm -rf --one-file-system "$dir"
}

# Where the installed lx has its settings.
host_etc()
{
	readlink "${top_builddir:-}/etc" || echo /etc/lx
}

# And its containers.
host_store()
{
	readlink "${top_builddir:-}/store" || echo /var/lib/lx
}

# For files about the host's own containers, those of the installed lx.conf, next to a systemd whose services they restart: only on
# a host that is the tests' (tests/nested/run, tests/vm/run). All containers of the host are theirs, so file_end destroys them.
own_host_begin()
{
	[ -n "${LX_TEST_OWN_HOST:-}" ] || { skip_file "restarts services of the host; tests/nested/run has one for it"; return; }
	[ -d /run/systemd/system ] || { skip_file "systemd is not process 1 here"; return; }
	file_begin
	[ -n "${dir:-}" ] || return 0
	unset LX_CONFIG
	etc=$(host_etc) store=$(host_store)
	export etc store
	printf '[network eth0]\ntype = empty\n' > "$etc/default.conf"
	printf '[paths]\nimages = %s\n[network]\nbridge = %s\nipv4.address = %s.1/24\n' "$LX_TEST_IMAGES" "$bridge" "$network" \
		> "$etc/lx.conf"
}

# The bridge of this file, for the containers that are made from now on.
need_bridge()
{
	local program

	for program in ip nft dnsmasq; do
		command -v "$program" > /dev/null || skip "$program is not installed"
	done
	touch "$dir/bridge"
	lx-net up
	printf '[network eth0]\ntype = veth\n' > "${etc:-$dir/etc}/default.conf"
}

# What of this file the host still has; the run as a whole is looked at by nothing-left.bats.
leftovers()
{
	pgrep -af -- "$dir" | grep -v -e pgrep -e bats
	grep -F "$dir" /proc/self/mountinfo
	find /sys/fs/cgroup -type d -name "*x$tag*" 2> /dev/null
	ip -o link 2> /dev/null | grep -F "$bridge"
	return 0
}

nothing_left()
{
	wait_for 10 eval '[ -z "$(leftovers)" ]' && return
	printf 'left behind:\n%s\n' "$(leftovers)" >&2
	return 1
}

# ---- one test

test_begin()
{
	[ -z "${skipped_file:-}" ] || skip "$skipped_file"
	n=0
}

# A failed test shows what the monitors and consoles said.
test_end()
{
	[ -n "${dir:-}" ] || return 0
	[ "${BATS_TEST_COMPLETED:-}" = 1 ] || show_logs
	destroy_all
	rm -f "$dir"/log/*
}

show_logs()
{
	local file

	for file in "$dir"/log/*; do
		[ -s "$file" ] || continue
		echo "---- $file"
		tail -n 40 "$file" | tr -d '\r'
	done
}

# All but those that the file keeps for all of its tests ($kept).
destroy_all()
{
	local name

	for name in $(lx-ls -1); do
		case " ${kept:-} " in
		*" $name "*) [ -z "${BATS_TEST_NAME:-}" ] || continue ;;
		esac
		lx-destroy -f "$name"
	done
}

# A name that no other file, and no other test of this one, uses.
new_name()
{
	n=$((${n:-0} + 1))
	c=t${BATS_TEST_NUMBER:-0}-${n}x$tag
}

# new [OPTION...]: a busybox container; options are those of lx-create. Its name is in $c.
new()
{
	new_name
	lx-create "$c" -t busybox "$@" > "$dir/create" 2>&1 || {
		cat "$dir/create" >&2
		return 1
	}
}

# A new one that runs.
started()
{
	new "$@"
	lx-start "$c"
}

# set_key KEY VALUE: of $c
set_key()
{
	lx-config set "$c" "$1" "$2"
}

inside()
{
	lx-attach "$c" -- "$@"
}

# ---- words for expectations

# Fails unless the command fails: "!" alone does not end a test of bats.
fails()
{
	if "$@"; then
		printf 'should have failed: %s\n' "$*" >&2
		return 1
	fi
}

# same WANTED GOT
same()
{
	[ "$1" = "$2" ] || {
		printf 'wanted: %s\ngot:    %s\n' "$1" "$2" >&2
		return 1
	}
}

# like GLOB TEXT
like()
{
	# shellcheck disable=SC2053 # it is a pattern
	[[ $2 == $1 ]] || {
		printf 'wanted: %s\ngot:    %s\n' "$1" "$2" >&2
		return 1
	}
}

# exits CODE COMMAND...: its output is in $output, its standard error in $stderr.
exits()
{
	local wanted=$1 status=0
	shift

	# not in a subshell, whose children the time limit of bats does not kill
	"$@" > "$dir/stdout" 2> "$dir/stderr" || status=$?
	output=$(< "$dir/stdout")
	stderr=$(< "$dir/stderr")
	same "exit code $wanted" "exit code $status" || {
		printf 'of %s\nstderr: %s\n' "$*" "$stderr" >&2
		return 1
	}
}

# refuses GLOB COMMAND...: exit code 1, nothing on standard output, one line on standard error that matches.
refuses()
{
	local glob=$1
	shift

	exits 1 "$@"
	same "" "$output"
	same 1 "$(wc -l < "$dir/stderr")"
	like "$glob" "$stderr"
}

# wait_for SECONDS COMMAND...: until it succeeds. The seconds are those of a calm machine; others get ten times as long.
wait_for()
{
	local end=$((SECONDS + 10 * $1))
	shift

	until "$@" > /dev/null 2>&1; do
		if [ "$SECONDS" -ge "$end" ]; then
			printf 'waited in vain for: %s\n' "$*" >&2
			return 1
		fi
		sleep 0.05
	done
}

state()
{
	lx-info -sH "${1:-$c}"
}

state_is()
{
	[ "$(state "${2:-$c}")" = "$1" ]
}

init_pid()
{
	lx-info -pH "${1:-$c}"
}

monitor_pid()
{
	lx-info --format=json "${1:-$c}" | sed -n 's/.*"monitor-pid": *\([0-9]*\).*/\1/p'
}

# The monitor's second process, which talks to callers and to the guest.
front_pid()
{
	pgrep -x lx-front -P "$(monitor_pid "$@")"
}

# The group of $c that holds what there is of its run, below each hierarchy: /lx/NAME, or that of its unit.
run_group()
{
	sed -n 's/^cgroup = //p' "$dir/run/$c/state"
}

# On a host with v2 alone: the group of its processes.
payload()
{
	echo "/sys/fs/cgroup$(run_group)/payload"
}

# The group above those of runs goes with the last of them, which may be another file's.
no_empty_top()
{
	[ ! -e /sys/fs/cgroup/lx ] || [ -n "$(find /sys/fs/cgroup/lx -mindepth 1 -type d -print -quit 2> /dev/null)" ] || [ ! -e /sys/fs/cgroup/lx ]
}

# Is $c in a unit of systemd?
in_unit()
{
	[[ $(run_group) == *.service ]]
}

# dead PID: it has ended, whether its parent has looked or not
dead()
{
	[ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

# has_asked PID: this command of lx has connected to a monitor, has said what it wants, and sleeps until something comes
has_asked()
{
	readlink "/proc/$1/fd"/* 2> /dev/null | grep -q '^socket:' && grep -q '^State:.S' "/proc/$1/status"
}

# init_is_up: that of a busybox guest takes signals, and has opened what it opens: it has begun to run its scripts
init_is_up()
{
	wait_for 10 inside pidof syslogd
}

# No control group of $c is on the host. Its monitor has said so, and is about to end itself.
gone()
{
	[ -z "$(find /sys/fs/cgroup -type d -name "$c" 2> /dev/null)" ] || return
	wait_for 10 eval '[ -z "$(pgrep -f -- " $c\$")" ]'
}
