#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lx-template: apt's sources in both forms, what Lua code can reach, and errors of templates.
. "$(dirname "$0")/../check/tap.sh"

program=$top_builddir/src/libexec/lx-template
data=$top_srcdir/tests/data/template
dir=$(mktemp -d "${TMPDIR:-/tmp}/lx-template.XXXXXX")
trap 'rm -rf "$dir"' EXIT

run()
{
	"$program" --library "$top_srcdir/templates/lib" "$@" 2>&1
}

# The part of the key that the template's function made.
key_of()
{
	run key "$@" | sed -n '/^key /,/^option /{s/^key //;/^option /!p}' | sed '/^source /,$d'
}

expect()
{
	if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "expected:
$3
got:
$2"; fi
}

# apt NAME EXPECTED: the directory $dir/apt as lib/apt.lua reads it
apt()
{
	expect "$1" "$(key_of "$data/probe.lua" --directory="$dir/apt")" "$2"
	rm -rf "$dir/apt"
	mkdir -p "$dir/apt/sources.list.d"
}

mkdir -p "$dir/apt/sources.list.d"
apt "no configuration is no mirror" "no mirror"

cat > "$dir/apt/sources.list" << 'TEXT'
# deb http://commented.example/debian bookworm main
deb http://mirror.example/debian/ bookworm main contrib # why not
deb-src http://mirror.example/debian/ bookworm main
deb [ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] http://mirror.example/debian bookworm-updates main
deb http://security.example/debian-security bookworm-security main
deb http://flat.example/ ./
deb cdrom:[Debian]/ bookworm main
TEXT
apt "lines of sources.list" \
	"http://mirror.example/debian/ bookworm main+contrib -
http://mirror.example/debian bookworm-updates main /usr/share/keyrings/debian-archive-keyring.gpg
http://security.example/debian-security bookworm-security main -
cdrom:[Debian]/ bookworm main -
mirror http://mirror.example/debian/, security http://security.example/debian-security, updates true"

cat > "$dir/apt/sources.list.d/debian.sources" << 'TEXT'
# a comment before
Types: deb deb-src
URIs: http://one.example/debian
 http://two.example/debian
Suites: trixie trixie-updates
# between fields
Components: main
 contrib
signed-by: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main

Types: deb
URIs: http://key.example/debian-security
Suites: trixie-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
TEXT
apt "paragraphs of *.sources" \
	"http://one.example/debian trixie main+contrib /usr/share/keyrings/debian-archive-keyring.gpg
http://one.example/debian trixie-updates main+contrib /usr/share/keyrings/debian-archive-keyring.gpg
http://two.example/debian trixie main+contrib /usr/share/keyrings/debian-archive-keyring.gpg
http://two.example/debian trixie-updates main+contrib /usr/share/keyrings/debian-archive-keyring.gpg
http://key.example/debian-security trixie-security main -
mirror http://one.example/debian, security http://key.example/debian-security, updates true"

cat > "$dir/apt/sources.list.d/a.list" << 'TEXT'
deb [signed-by=/etc/apt/keyrings/vendor.gpg] http://vendor.example/debian bookworm main
deb http://other.example/linux noble main
TEXT
apt "packages of others are no mirror" \
	"http://vendor.example/debian bookworm main /etc/apt/keyrings/vendor.gpg
http://other.example/linux noble main -
no mirror"

expect "a template reaches nothing but our functions" "$(key_of "$data/escape.lua")" "seen: "

echo 'return 5' > "$dir/number.lua"
expect "a file that returns no table" "$(run help "$dir/number.lua")" "number.lua returns no table"
echo 'return {' > "$dir/broken.lua"
expect "a file that is no Lua" "$(run help "$dir/broken.lua" | cut -d: -f1)" "broken.lua"
printf '\033Lua' > "$dir/binary.lua"
run help "$dir/binary.lua" | grep -q "attempt to load a binary chunk" && ok "compiled Lua is refused" || fail "compiled Lua is refused"
echo 'return { options = { { name = "x", type = "number" } } }' > "$dir/type.lua"
expect "an option of no known type" "$(run help "$dir/type.lua")" 'option x: unknown type "number"'

# A build is contained in namespaces, for which it needs root. It ends before anything is fetched.
build_fails()
{
	local name=$1 sentence=$2
	shift 2

	if [ "$(id -u)" != 0 ]; then
		skip "$name" "needs root"
		return
	fi
	expect "$name" "$(run build "$top_srcdir/templates/debian.lua" "$dir/tree" "$@" | tail -n 1)" "$sentence"
}

mkdir "$dir/tree"
build_fails "debian refuses a mirror that is no URL" "--mirror=x: expected a URL" --mirror=x --no-security
build_fails "debian refuses options within a URL" "--mirror=http://[trusted=yes]: expected a URL" \
	--mirror='http://[trusted=yes]' --no-security
build_fails "debian builds nothing that it cannot check" \
	"there is no keyring /no/keyring.gpg to check the archive's signature with; install debian-archive-keyring, or name one with --keyring=FILE" \
	--mirror=http://mirror.example/debian --no-security --keyring=/no/keyring.gpg
build_fails "debian refuses a name that is none" '--release: "-x" is not a name' \
	--mirror=http://mirror.example/debian --no-security --release=-x

tap_end
