#!/bin/bash
# check-sizes.sh - functions stay small: over 100 lines is a bug, over 60 is
# said aloud. So are files of common/ over 400 lines and headers over 120.
#
# Relies on the format: a function's braces stand in column 0.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

mapfile -t files < <(find common workers tests -name '*.[ch]' 2>/dev/null | sort)
[ ${#files[@]} -gt 0 ] || exit 0

awk '
FNR == 1 { start = 0 }
/^[a-zA-Z_].*\(/ { name = $0 }
/^{/ { start = FNR; named = name }
/^}/ && start {
	lines = FNR - start - 1
	# the last word before the parenthesis
	sub(/\(.*/, "", named)
	sub(/.*[ *]/, "", named)
	if (lines > 100) {
		printf "%s:%d: %s() has %d lines: at most 100\n", FILENAME, start, named, lines
		bad = 1
	} else if (lines > 60)
		printf "%s:%d: warning: %s() has %d lines\n", FILENAME, start, named, lines
	start = 0
}
{ total[FILENAME] = FNR }
END {
	for (file in total)
		if (file ~ /^common\/.*\.c$/ && total[file] > 400)
			printf "%s: warning: %d lines: at most 400 are wanted\n", file, total[file]
		else if (file ~ /^common\/.*\.h$/ && total[file] > 120)
			printf "%s: warning: %d lines: at most 120 are wanted in a header\n", file, total[file]
	exit bad
}' "${files[@]}"
