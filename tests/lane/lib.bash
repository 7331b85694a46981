# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034 # variables are for those who source this
# What the lanes share that run test files in another system, with lx of a build tree installed: a virtual machine (tests/vm),
# a container with systemd (tests/nested).

lane_source=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
lane_packages=$lane_source/packages
top_srcdir=$(readlink -f "$lane_source/../..")

say()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die()
{
	say "$@"
	exit 1
}

# Names the first program that is missing.
missing_program()
{
	local program

	for program; do
		command -v "$program" > /dev/null || {
			echo "$program"
			return
		}
	done
}

# Rows of tables, without their comments.
listed_rows()
{
	sed 's/[[:space:]]*#.*//; /^$/d' "$@"
}

# The first word of each row.
listed()
{
	listed_rows "$@" | awk '{ print $1 }'
}

# link_units ROOT KIND: in a prefix that systemd does not look below
link_units()
{
	local root=$1 kind=$2 unit path

	for unit in $(cd "$root" && find . -path "*/systemd/$kind/*" | sed 's/^\.//'); do
		path=${unit%/systemd/*}
		[[ $path != /usr/lib && $path != /usr/local/lib && $path != /lib && $path != /etc ]] || continue
		mkdir -p "$root/etc/systemd/$kind"
		ln -sf "$unit" "$root/etc/systemd/$kind/"
	done
}

# configured BUILD NAME: a directory that configure was told
configured()
{
	printf 'include Makefile\nsay:\n\t@echo $(%s)\n' "$2" | make -s -C "$1" -f - say | tail -n 1 # it may make itself first
}

# lane_share BUILD ROOT: what goes into the system: lx as "make install" leaves it; sources that tests look at; and the places
# in a build tree that they use, as links to what is installed.
lane_share()
{
	local build=$1 root=$2 source=$2/srv/lx/source build_in=$2/srv/lx/build log=$2.log lx libexec

	make -s -C "$build" install DESTDIR="$root" > "$log" 2>&1 || {
		cat "$log" >&2
		die "make install in $build failed"
	}
	link_units "$root" system
	link_units "$root" user
	lx=$(cd "$root" && find . -path '*/bin/lx' | sed 's/^\.//')
	libexec=$(cd "$root" && find . -name lx-monitord | sed 's/^\.//')

	mkdir -p "$source/tests" "$build_in/src" "$build_in/tests/security" "$root/etc/apt"
	mkdir -m 700 "$build_in/tests/images"
	cp "$build"/tests/security/{payload,loader} "$build_in/tests/security/"
	ln -s "$lx" "$build_in/lx"
	ln -s "${libexec%/*}" "$build_in/src/libexec"
	ln -s "$(configured "$build" sysconfdir)/lx" "$build_in/etc"
	ln -s "$(configured "$build" localstatedir)/lib/lx" "$build_in/store"
	cp -r "$top_srcdir"/{templates,hooks,config} "$source/"
	cp -r "$top_srcdir"/tests/{bench,data,functional,security,vm} "$source/tests/"
	# the template debian makes part of its image's key of it
	: > "$root/etc/apt/sources.list"
	cp -r /etc/apt/sources.list* "$root/etc/apt/"
}

# The words for bash in the system. Tests find the tree where it says, be they written for a build tree or for installed
# programs. The system is theirs: need_own_host.
lane_command()
{
	printf 'export top_srcdir=/srv/lx/source top_builddir=/srv/lx/build LX_TEST_OWN_HOST=yes\n'
	printf '%s\n' 'export PATH=$PATH:$(dirname "$(readlink /srv/lx/build/lx)")'
	printf 'ldconfig\n'
	printf 'cd /srv/lx/source || exit 125\n'
	printf '%s\n' "$*"
}

# The same for test files.
lane_files()
{
	lane_command
	printf 'run_file() { SECONDS=0; bats --tap "$1" || failed=1; echo "# $1: $SECONDS s"; }\n'
	printf 'run_file %q\n' "$@"
	printf 'exit ${failed:-0}\n'
}

# lane_totals LOG: adds to the TAP of several files totals as automake writes them, for tests/run; fails when a test did. A file
# that broke off has fewer results than its plan.
lane_totals()
{
	local totals

	totals=$(awk '
		/^1\.\.[0-9]+/ { n = substr($0, 4) + 0; planned += n; skipped += n == 0 }
		/^ok [0-9]+.*# *skip/ { seen++; skipped++; next }
		/^ok [0-9]+/ { seen++; passed++ }
		/^not ok [0-9]+/ { seen++; failed++ }
		END {
			printf "# PASS: %d\n# SKIP: %d\n# XFAIL: 0\n# FAIL: %d\n# XPASS: 0\n# ERROR: %d\n",
				passed, skipped, failed, (planned > seen ? planned - seen : 0)
		}' "$1")
	printf "%s\n" "$totals" >> "$1"
	grep -qx "# FAIL: 0" "$1" && grep -qx "# ERROR: 0" "$1"
}
