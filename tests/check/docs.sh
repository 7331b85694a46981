#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The option rows of the commands, --help, the manual pages and completion say the same, and README shows nothing else.
. "$(dirname "$0")/tap.sh"

lx=$top_builddir/lx
lx_doc=$top_builddir/src/lxtools/lx-doc

if [ ! -x "$lx" ] || [ ! -x "$lx_doc" ]; then
	skip "documents agree with the commands" "lx is not built"
	tap_end
	exit
fi

rows=$("$lx_doc" rows)
commands=$(cut -d' ' -f1 <<<"$rows" | sort -u)

# The long options of a command, by its rows.
options_of()
{
	awk -v command="$1" '$1 == command { print $3 }' <<<"$rows" | sort
}

# What is only on the left or only on the right.
differences()
{
	diff <(printf '%s\n' "$1") <(printf '%s\n' "$2") | grep '^[<>]'
}

help_options()
{
	"$lx" "${1#lx-}" --help | sed -n 's/^  \(-., \|    \)--\([a-z-]*\).*/\2/p' | sort
}

page_options()
{
	sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/ s/^\.B \(\\-., \)\?\\-\\-\([a-z\\-]*\).*/\2/p' "$1" | tr -d "\\\\" | sort
}

completed_options()
{
	"$lx" complete 1 "$1" -- | sed -n 's/^--\([a-z-]*\)=\?$/\1/p' | sort
}

for command in $commands; do
	wanted=$(options_of "$command")
	page=$top_builddir/doc/man/$command.1

	result "$command: --help shows its options" "$(differences "$wanted" "$(help_options "$command")")"
	result "$command: completion offers its options" "$(differences "$wanted" "$(completed_options "$command")")"
	if [ -e "$page" ]; then
		result "$command: the manual has its options" "$(differences "$wanted" "$(page_options "$page")")"
	else
		fail "$command: the manual has its options" "$page is missing"
	fi
done

names=$(mktemp -d)
trap 'rm -rf "$names"' EXIT
mistakes=
for command in $commands; do
	ln -s "$(realpath "$lx")" "$names/$command"
	[ "$("$names/$command" --help)" = "$("$lx" help "${command#lx-}")" ] || mistakes+="$command"$'\n'
done
result "both names of a command are the same" "$mistakes"

listed=$(sed -n '/^lx_names/,/[^\\]$/ s/^\t\(lx-[a-z]*\).*/\1/p' "$top_srcdir/src/lxtools/local.mk" | sort)
result "each command is installed under its name" "$(differences "$commands" "$listed")"

# Each line of an example in the manuals begins with a command that exists; so does each in README.
examples=$(sed -n '/^\.nf/,/^\.fi/ s/^\(lx-[a-z]*\).*/\1/p' "$top_srcdir"/doc/man/*.in | sort -u)
[ ! -e "$top_srcdir/README" ] || examples+=$'\n'$(sed -n 's/^ \+\(lx-[a-z]*\).*/\1/p' "$top_srcdir/README" | sort -u)
result "examples use commands that exist" "$(grep -vxF "$commands" <<<"$examples")"

# What each known message is, people read in two places.
mistakes=
for id in $(sed -n 's/^#define LX_EVENT_ID_.* "\([0-9a-f]*\)"$/\1/p' "$top_srcdir/src/liblx/monitor/events.h"); do
	[ ${#id} = 32 ] || mistakes+="$id is no id of 128 bits"$'\n'
	grep -q "^        $id    ." "$top_srcdir/doc/SYSTEMD" || mistakes+="$id is not in doc/SYSTEMD"$'\n'
	grep -qx -- "-- $id" "$top_srcdir/config/lx.catalog" || mistakes+="$id is not in config/lx.catalog"$'\n'
done
[ -n "$id" ] || mistakes=none
result "each MESSAGE_ID is explained" "$mistakes"

if command -v groff >/dev/null; then
	result "manual pages have no mistake in their markup" \
		"$(for page in "$top_builddir"/doc/man/*.[1-8]; do groff -man -ww -z "$page" 2>&1; done)"
else
	skip "manual pages have no mistake in their markup" "groff is not installed"
fi

result "completion for bash is a valid script" "$(bash -n "$top_srcdir/config/completion/bash/lx" 2>&1)"
if command -v zsh > /dev/null; then
	result "completion for zsh is a valid script" "$(zsh -n "$top_srcdir/config/completion/zsh/_lx" 2>&1)"
else
	skip "completion for zsh is a valid script" "zsh is not installed"
fi

tap_end
