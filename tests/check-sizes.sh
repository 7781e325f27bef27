#!/bin/bash
# check-sizes.sh - functions of at most 60 lines, files of common/ and workers/
# of at most 400, headers of at most 120.
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
	if (lines > 60) {
		printf "%s:%d: %s() has %d lines: at most 60\n", FILENAME, start, named, lines
		bad = 1
	}
	start = 0
}
{ total[FILENAME] = FNR }
END {
	for (file in total) {
		most = file ~ /\.h$/ ? 120 : 400
		if (file ~ /^tests\// || total[file] <= most)
			continue
		printf "%s: %d lines: at most %d\n", file, total[file], most
		bad = 1
	}
	exit bad
}' "${files[@]}"
