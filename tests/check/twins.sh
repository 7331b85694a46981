#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A test of a way out that does not show the way open where the layer is off is worth nothing: each test in tests/security says
# where its twin is, in a comment with that word, or by a test that follows and is named "twin: ...". And doc/SECURITY names
# each of the files.
. "$(dirname "$0")/tap.sh"

cd "$top_srcdir/tests/security" || exit 1

without_twin()
{
	awk '
		function end_test() {
			if (name != "" && !twin) printf "%s: %s\n", file, name
		}
		FNR == 1 { end_test(); name = ""; file = FILENAME }
		/^@test / {
			if (/^@test "twin: /) twin = 1 # of the one before
			end_test()
			name = $0
			sub(/^@test "/, "", name)
			sub(/" \{$/, "", name)
			twin = /^@test "twin: /
		}
		/# .*twin/ { twin = 1 }
		END { end_test() }
	' ./*.bats
}

not_in_document()
{
	local file

	for file in *.bats; do
		grep -q "\<$file\>" ../../doc/SECURITY || echo "$file"
	done
}

result "each test of a way out has its twin, the way open" "$(without_twin)"
result "doc/SECURITY says what each file of tests/security tries" "$(not_in_document)"
tap_end
