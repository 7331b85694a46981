#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A folder includes only what lies below its own line. The table is the picture in doc/ARCHITECTURE; an edge that is not
# in it is a mistake here, or a decision to be made there first.
. "$(dirname "$0")/tap.sh"

features="rootfs storage image net cgroup security console hook systemd"

# What a folder may include besides itself.
allowed()
{
	case $1 in
	base) echo "lx.h" ;; # struct lx_error is public
	sys) echo "base" ;;
	host) echo "lx.h base sys config/config.h config/read.h" ;; # where lx keeps things, the pool of ids
	config) echo "lx.h base sys host/paths.h" ;;
	container) echo "lx.h base sys config host" ;;
	rootfs | storage | image | net | cgroup | security | console | hook | systemd)
		echo "lx.h base sys config host container" ;;
	instance) echo "lx.h base sys config host container $features" ;;
	monitor) echo "lx.h base sys config host container $features instance" ;;
	lifecycle) echo "lx.h base sys config host container $features instance monitor" ;;
	libexec) echo "lx.h base sys config host container $features instance monitor" ;;
	lxtools) echo "lx.h base" ;;
	*) return 1 ;;
	esac
}

# permitted FOLDER INCLUDE: the include is in the folder itself, in an allowed folder, or an allowed file.
permitted()
{
	local edge

	[ -e "$top_srcdir/src/$1/$2" ] && return 0 # programs name their own headers without the folder
	for edge in $1 $(allowed "$1"); do
		case $2 in
		"$edge" | "$edge"/*) return 0 ;;
		esac
	done
	return 1
}

# The layer that a file belongs to.
folder_of()
{
	local path=${1#"$top_srcdir"/src/}

	path=${path#liblx/}
	echo "${path%%/*}"
}

check_folder()
{
	local folder=$1 directory=$2 file include line mistakes=""

	for file in "$directory"/**/*.[ch]; do
		while read -r line include; do
			permitted "$folder" "$include" ||
				mistakes+="${file#"$top_srcdir"/}:$line: $folder may not include $include"$'\n'
		done < <(awk -F '"' '/^#include "/ { print FNR, $2 }' "$file")
	done
	result "$folder includes only what lies below it" "$mistakes"
}

for directory in "$top_srcdir"/src/liblx/*/ "$top_srcdir"/src/lxtools/ "$top_srcdir"/src/libexec/; do
	folder=$(folder_of "${directory%/}")
	if allowed "$folder" > /dev/null; then
		check_folder "$folder" "${directory%/}"
	else
		fail "$folder is a layer" "add src/liblx/$folder to the table in tests/check/layers.sh"
	fi
done

tap_end
