#!/bin/bash
# check-format.sh [--fix] - every C file is as clang-format would write it.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t files < <(find common workers tests -name '*.[ch]' 2>/dev/null | sort)
[ ${#files[@]} -gt 0 ] || exit 0
if [ "${1:-}" = --fix ]; then
	exec clang-format -i "${files[@]}"
fi
# one line a file is enough: `make format` mends them all
bad=0
for file in "${files[@]}"; do
	if ! clang-format "$file" | cmp -s - "$file"; then
		echo "$file: not formatted (make format)"
		bad=1
	fi
done
exit $bad
