#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sets the tree up.
#
#     ./autogen.sh               makes configure (then: ./configure && make && make install)
#     ./autogen.sh deps          installs what building, running and testing need (Debian, as root)
#     ./autogen.sh demo          deps; builds below ./build, boots a Debian guest, shows it; installs nothing into the system
#     ./autogen.sh check         deps; builds below ./build and runs every test; the last line is the total
#     ./autogen.sh check-nested  that part of "check" alone that runs next to systemd (doc/NESTED-LANE)
#     ./autogen.sh check-vm      that part of "check" alone that runs in virtual machines (doc/VM-LANE)
set -eu

cd "$(dirname "$0")"
top=$(pwd)

names()
{
	sed 's/[[:space:]]*#.*//; /^$/d'
}

# The one list of packages: name, then why. Debian 12 or newer.
packages()
{
	names <<-END
		# build
		autoconf                  # configure
		automake                  # Makefile.in
		libtool                   # the shared library
		pkg-config                # finds libraries
		gcc                       # the compiler
		libc6-dev                 # its library, also for the static lx-init
		linux-libc-dev            # headers of the kernel
		make                      # the build
		libcap-dev                # names of capabilities
		libjansson-dev            # JSON output
		libseccomp-dev            # system call filters
		liblua5.4-dev             # templates
		libsystemd-dev            # calls to systemd and machined: headers; the library is loaded where systemd runs
		# run
		iproute2                  # links, addresses, routes
		nftables                  # address translation of the bridge
		dnsmasq-base              # DHCP and names on the bridge
		uidmap                    # newuidmap, for users other than root
		# templates
		mmdebstrap                # builds Debian root file systems
		debootstrap               # the same where mmdebstrap is missing
		debian-archive-keyring    # signatures of Debian's archive
		busybox-static            # all of the busybox guest
		# test
		libcmocka-dev             # unit tests
		bats                      # functional tests
		passt                     # links of type user,
		slirp4netns               # and where there is no pasta
		procps                    # they look for processes,
		jq                        # and read JSON
		e2fsprogs                 # file systems that guests mount
		erofs-utils
		shellcheck                # checks our scripts
		clang                     # second compiler; fuzzers
	END
}

# What the tests in virtual machines need besides.
vm_packages()
{
	names <<-END
		qemu-system-x86           # the machine
		qemu-utils                # its disks
		e2fsprogs                 # a file system made from a directory
	END
}

say()
{
	printf '== %s\n' "$*"
}

die()
{
	printf 'autogen.sh: %s\n' "$*" >&2
	exit 1
}

need_root()
{
	[ "$(id -u)" -eq 0 ] || die "$1 needs root; run: sudo $top/autogen.sh $2"
}

# Those that dpkg does not know as installed.
missing_packages()
{
	for package; do
		status=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2> /dev/null) || status=
		case $status in
		ii*) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

# install_packages NAME...
install_packages()
{
	command -v apt-get > /dev/null || die "no apt-get here; install by hand: $*"

	missing=$(missing_packages "$@")
	if [ -z "$missing" ]; then
		say "all packages are installed"
		return
	fi

	need_root "installing $missing" deps
	say "installing $missing"
	apt-get -q update > /dev/null || die "apt-get update failed; is the package mirror reachable?"
	# shellcheck disable=SC2086 # a list of words
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing > /dev/null ||
		die "apt-get could not install $missing"
}

deps()
{
	# shellcheck disable=SC2046 # words
	install_packages $(packages)
}

bootstrap()
{
	say "making configure"
	autoreconf -fi || die "autoreconf failed; ./autogen.sh deps installs what it needs"
}

# build DIRECTORY CONFIGURE-OPTION...: an out-of-tree build, configured once.
build()
{
	directory=$1
	shift

	[ -x configure ] || bootstrap # make itself sees to it later
	mkdir -p "$directory"
	cd "$directory"
	if [ ! -e config.status ]; then
		say "configuring $directory"
		"$top/configure" -q "$@"
	fi
	say "building $directory"
	make -s -j"$(nproc)"
	cd "$top"
}

demo()
{
	need_root "the demo" demo
	deps

	root=$top/build/demo/root
	build "$top/build/demo" --prefix="$root/usr" --sysconfdir="$root/etc" --localstatedir="$root/var" \
		--with-rundir="$root/run"
	# a bridge of its own: lx may be installed on this machine as well
	mkdir -p "$root/etc/lx"
	printf '[network]\nbridge = lxdemo0\nipv4.address = 10.0.6.1/24\n' > "$root/etc/lx/lx.conf"
	make -s -C "$top/build/demo" install > "$top/build/demo/install.log" 2>&1 ||
		die "make install failed; see $top/build/demo/install.log"

	PATH=$root/usr/bin:$PATH
	say "bridge up"
	lx-net up
	if lx-info -s demo > /dev/null 2>&1; then
		say "removing the guest of an earlier demo"
		lx-destroy -f demo
	fi

	say "creating a Debian guest (the first time its image is built, later it is taken from the cache)"
	lx-create demo -t debian
	say "starting it"
	lx-start demo --wait=ready
	show_demo
}

show_demo()
{
	lx-info demo
	cat <<-END

		The guest "demo" runs.
		  address   $(lx-info -iH demo | tr '\n' ' ')
		  shell     $root/usr/bin/lx-attach demo
		  console   $root/usr/bin/lx-console demo
		  stop      $root/usr/bin/lx-stop demo
		  remove    $root/usr/bin/lx-destroy -f demo && $root/usr/bin/lx-net down
	END

	if [ -t 0 ] && [ -t 1 ]; then
		say "a shell in the guest; leave it by exit"
		lx-attach demo || : # its exit code is the last command's of the visitor
	fi
}

# Without these, tests/vm says what is missing, and is one skipped test.
vm_deps()
{
	# shellcheck disable=SC2046 # words
	(install_packages $(vm_packages)) || say "the tests in virtual machines will be left out"
}

check()
{
	deps
	[ "$(id -u)" -ne 0 ] || vm_deps
	build "$top/build/check" --enable-werror
	if [ "$(id -u)" -eq 0 ]; then
		"$top/tests/run" "$top/build/check"
	else
		say "not root: the functional tests are left out"
		"$top/tests/run" "$top/build/check" --unit
	fi
}

check_nested()
{
	need_root "a container with systemd" check-nested
	deps
	build "$top/build/check" --enable-werror
	make -s -C "$top/build/check" check-nested
}

check_vm()
{
	need_root "making the guest" check-vm
	deps
	vm_deps
	build "$top/build/check" --enable-werror
	make -s -C "$top/build/check" check-vm
}

case ${1:-} in
'') bootstrap ;;
deps) deps ;;
demo) demo ;;
check) check ;;
check-nested) check_nested ;;
check-vm) check_vm ;;
*) die "unknown command $1; one of: deps, demo, check, check-nested, check-vm, or none" ;;
esac
