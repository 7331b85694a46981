#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The second compiler finds nothing either. Syntax only: a folder takes a second or two.
. "$(dirname "$0")/tap.sh"

if ! command -v clang > /dev/null; then
	skip "clang" "it is not installed"
	tap_end
	exit
fi

flags=(-std=gnu11 -fsyntax-only -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wno-missing-field-initializers
	-Werror -D_GNU_SOURCE -I"$top_srcdir/src/liblx" -I"$top_srcdir/src/libexec" -I"$top_srcdir/src/lxtools"
	'-DPACKAGE_VERSION="0"')
for name in SYSCONF DATA LIBEXEC STATE CACHE RUN LOG; do
	flags+=("-DLX_${name}DIR=\"/\"")
done
lua=$(pkg-config --cflags lua5.4 2> /dev/null) && read -ra more <<< "$lua" && flags+=("${more[@]}")
with_seccomp=$(pkg-config --exists libseccomp 2> /dev/null && echo yes)

# Whether the libraries that the file wants are here.
can_compile()
{
	case $(grep -oE '#include <(lua|seccomp)\.h>' "$1") in
	*lua*) [ -n "$lua" ] ;;
	*seccomp*) [ -n "$with_seccomp" ] ;;
	esac
}

for directory in "$top_srcdir"/src/liblx/*/ "$top_srcdir"/src/lxtools/ "$top_srcdir"/src/libexec/; do
	files=()
	for file in "$directory"**/*.c; do
		can_compile "$file" && files+=("$file")
	done
	[ ${#files[@]} -gt 0 ] || continue
	result "clang: ${directory#"$top_srcdir"/}" "$(clang "${flags[@]}" "${files[@]}" 2>&1 | head -n 30)"
done

tap_end
