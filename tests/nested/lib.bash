# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034 # variables are for those who source this
# A Debian with systemd as process 1, dbus, logind and machined at the speed of the host: a privileged container of the lx under
# test, with lx installed in it. doc/NESTED-LANE has the picture.

nested_source=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=../lane/lib.bash
. "$nested_source/../lane/lib.bash"

# What the template makes of the list is in the cache of images, like any image.
nested_packages()
{
	listed "$lane_packages" "$nested_source/packages" | paste -sd ,
}

# lx of the build tree, with everything that it keeps in $work. The environment's image is in a cache of its own: that of the
# tests is taken into virtual machines, and into the environment.
outer()
{
	LX_CONFIG=$work/lx.conf "$build/lx" "$@"
}

# The same with the cache of the tests.
for_tests()
{
	LX_CONFIG=$work/tests.conf "$build/lx" "$@"
}

# make_debian OUTER NAME TEMPLATE-OPTION...: 77 and the reason when this host has no way to make a Debian
make_debian()
{
	local lx=$1 name=$2 reason
	shift 2

	"$lx" create "$name" -t debian -- "$@" > "$work/create.log" 2>&1 && return
	cat "$work/create.log" >&2
	reason=$(tail -n 1 "$work/create.log")
	case $reason in
	*"no mirror of Debian is known"* | *"mmdebstrap is not installed"* | *"install mmdebstrap"* | *"unknown template"*)
		echo "$reason"
		return 77
		;;
	esac
	return 1
}

# outer_settings IMAGES
outer_settings()
{
	cat <<-END
		[paths]
		containers = $work/store
		images = $1
		cache = $work/cache
		run = $work/run
		log = $work/log
		config = $work/etc
		templates = $top_srcdir/templates
		share = $top_srcdir
		libexec = $build/src/libexec
	END
}

# mount LABEL SOURCE TARGET: a directory of the host
outer_mount()
{
	printf '[mount %s]\nsource = %s\ntarget = %s\noptions = rbind,create=dir\n' "$@"
}

# A container that may do what a host can: no namespace of users, no filter of system calls, all capabilities but the one for
# the clock. Directories of the host's disk are where stores are, which an overlay could not hold.
environment_settings()
{
	local state node

	state=$(configured "$build" localstatedir)
	cat <<-END
		[container]
		privileged = yes
		hostname = lx-nested
		stop-timeout = 90
		[cgroup]
		view = $view
		[security]
		seccomp = none
		apparmor = unconfined
		nesting = yes
		capabilities.drop = sys_time
		[network eth0]
		type = empty
	END
	outer_mount tmp "$work/tmp" var/tmp
	outer_mount store "$work/lib" "${state#/}/lib/lx"
	outer_mount cache "$images" "${state#/}/cache/lx/images"
	outer_mount images "$images" srv/lx/build/tests/images
	for node in /dev/fuse /dev/net/tun; do
		[ ! -e "$node" ] || printf '[device %s]\npath = %s\n' "${node##*/}" "$node"
	done
	sed -n '/^\[rootfs/,/^$/p' "$work/store/$nested/config"
}

# nested_up: the environment runs, with lx installed, when this returns 0. $build is the build tree, $images the cache of images,
# $release the environment's Debian, $view what is at /sys/fs/cgroup inside; the container is $nested, with all of its files in
# $work. 77: it cannot be had on this host, and the reason is printed.
nested_up()
{
	[ "$(id -u)" -eq 0 ] || {
		echo "needs root"
		return 77
	}
	work=$(mktemp -d "${TMPDIR:-/var/tmp}/lx-nested.XXXXXX") || return
	nested=nested-${work##*.} # control groups have the name alone
	chmod 755 "$work"
	mkdir -p "$work/etc" "$work/lib" "$work/tmp" "$build/tests/nested"
	chmod 1777 "$work/tmp"
	printf '[network eth0]\ntype = empty\n' > "$work/etc/default.conf"
	outer_settings "$build/tests/nested/images" > "$work/lx.conf"
	outer_settings "$images" > "$work/tests.conf"

	make_debian for_tests "$nested" --release bookworm || return # for the tests, which have no network
	for_tests destroy "$nested" > /dev/null
	make_debian outer "$nested" --release "$release" --packages "$(nested_packages)" || return
	environment_settings > "$work/config"
	cp "$work/config" "$work/store/$nested/config"
	outer start "$nested" --wait=ready --timeout 300s || return
	nested_install
}

# What makes it a host: it can write to /proc/sys, and to the v1 controllers of its view, which its systemd then manages. In a v2
# tree there are none.
nested_open()
{
	outer attach "$nested" -- sh -ec '
		mount -o remount,bind,rw /proc/sys
		for hierarchy in /sys/fs/cgroup/*/; do
			mountpoint -q "$hierarchy" || continue
			mount -o remount,bind,rw "$hierarchy"
			changed=yes
		done
		[ -z "$changed" ] || systemctl daemon-reexec'
}

# What is installed in it is what the build tree has.
nested_install()
{
	local lock

	exec {lock}< "$build" # two that install from one build tree would meet
	flock "$lock"
	lane_share "$build" "$work/root"
	exec {lock}<&-
	rm -rf "$work/root/srv/lx/build/tests/images"
	tar -c -C "$work/root" --owner=0 --group=0 . | outer attach "$nested" -- tar -x -C / --no-same-owner --keep-directory-symlink &&
		nested_open && outer attach "$nested" -- sh -ec 'ldconfig; systemctl daemon-reload'
}

# Runs the words of a script for bash inside.
nested_bash()
{
	outer attach "$nested" -- env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -c "$1" < /dev/null
}

nested_down()
{
	[ -n "${work:-}" ] || return 0
	outer stop -k "$nested" 2> /dev/null || :
	outer destroy -f "$nested" > /dev/null 2>&1 || :
	rm -rf --one-file-system "$work"
	work=
}
