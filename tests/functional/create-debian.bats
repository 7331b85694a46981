#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The images that the debian template builds. LX_TEST_SLOW=1 adds other releases and the other bootstrap program.

load lib
dir=${dir:-}

setup_file()
{
	file_begin
	[ -n "${dir:-}" ] || return 0
	lx-create -t debian --help > /dev/null 2>&1 || { skip_file "built without Lua"; return; }
	command -v mmdebstrap > /dev/null || command -v debootstrap > /dev/null || { skip_file "mmdebstrap is not installed"; return; }
	export BATS_TEST_TIMEOUT=1800
}

# make NAME ARGUMENT...: skips where this host knows no archive
make()
{
	local name=$1
	shift

	run lx-create "$name" -t debian -- "$@"
	[[ $output != *"no mirror of Debian is known"* ]] || skip "this host's apt names no archive of Debian"
	echo "$output"
	[ "$status" -eq 0 ]
	image=$(lx-config get "$name" rootfs.path | sed 's/^overlay:\([^:]*\):.*/\1/')
}

# What holds for every release.
check_image()
{
	[ -e "$image/lib/systemd/systemd" ]
	[ ! -s "$image/etc/machine-id" ]
	[ "$(readlink "$image/var/lib/dbus/machine-id")" = /etc/machine-id ]
	[ ! -e "$image/etc/hostname" ]
	[ -z "$(find "$image/etc/ssh" -name 'ssh_host_*' 2> /dev/null)" ]
	grep -q '^root:[*!]' "$image/etc/shadow"
	! grep -qE '^[^:]+::' "$image/etc/shadow" || return 1
	[ "$(readlink "$image/etc/resolv.conf")" = ../run/systemd/resolve/stub-resolv.conf ]
	[ -L "$image/etc/systemd/system/multi-user.target.wants/systemd-networkd.service" ]
	[ ! -e "$image/etc/apt/apt.conf.d/99mmdebstrap" ]
	! grep -vE '^deb \[signed-by=/[^] ]+\] ' "$image/etc/apt/sources.list" || return 1
	[ -z "$(find "$image" -xdev -uid +65535 -o -xdev -gid +65535)" ]
	[ -z "$(find "$image/var/cache/apt/archives" -name '*.deb')" ]
}

@test "bookworm" {
	make deb12
	check_image
	grep -q '^VERSION_CODENAME=bookworm' "$image/etc/os-release"
	[ "$(cat "$dir/store/deb12/upper/etc/hostname")" = deb12 ]
}

@test "the second guest takes the same image, without a build" {
	make deb12a
	first=$image
	built=$(stat -c '%i %W' "$image")
	make deb12b
	[ "$(stat -c '%i %W' "$image")" = "$built" ]
	[ "$image" = "$first" ]
}

@test "an unsigned archive is refused" {
	mkdir -p "$dir/archive/dists/bookworm/main/binary-amd64"
	: > "$dir/archive/dists/bookworm/main/binary-amd64/Packages"
	printf 'Suite: bookworm\nCodename: bookworm\nComponents: main\nArchitectures: amd64\n' > "$dir/archive/dists/bookworm/Release"
	[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || skip "debian-archive-keyring is not installed"
	run lx-create unsigned -t debian -- --mirror="file:$dir/archive" --no-security --no-updates
	[ "$status" -ne 0 ]
	[[ $output == *"not signed"* || $output == *"InRelease"* || $output == *"Release.gpg"* ]]
	run lx-info unsigned
	[ "$status" -ne 0 ]
}

@test "a suite that the archive has not is an error" {
	run lx-create none -t debian -- --release nosuchsuite
	[[ $output != *"no mirror of Debian is known"* ]] || skip "this host's apt names no archive of Debian"
	[ "$status" -ne 0 ]
	[[ $output == *"template debian: "*nosuchsuite* ]]
	[ ! -e "$dir/store/none" ]
}

@test "trixie" {
	[ -n "${LX_TEST_SLOW:-}" ] || skip "LX_TEST_SLOW is not set"
	make deb13 --release=trixie
	check_image
	grep -q '^VERSION_CODENAME=trixie' "$image/etc/os-release"
}

@test "bookworm by debootstrap" {
	[ -n "${LX_TEST_SLOW:-}" ] || skip "LX_TEST_SLOW is not set"
	command -v debootstrap > /dev/null || skip "debootstrap is not installed"
	[ -n "$(find /usr/bin/mmdebstrap /usr/local/bin/mmdebstrap 2> /dev/null)" ] || skip "mmdebstrap is not there to be hidden"
	hidden=$(command -v mmdebstrap)
	unshare --mount --propagation private bash -c '
		mount --bind /dev/null "$1" && exec lx-create deb12d -t debian -- --packages=nano' - "$hidden"
	image=$(lx-config get deb12d rootfs.path | sed 's/^overlay:\([^:]*\):.*/\1/')
	check_image
	[ -x "$image/usr/bin/nano" ] || [ -x "$image/bin/nano" ]
}
