#!/bin/bash
# check-cppcheck.sh - cppcheck finds nothing in our C.
#
# What gcc warns of is left to gcc. A finding that is wrong is silenced where it
# is, by a comment `cppcheck-suppress`, with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t files < <(find common workers -name '*.c' 2>/dev/null | sort)
[ ${#files[@]} -gt 0 ] || exit 0
mkdir -p build/cppcheck
exec cppcheck --quiet --std=c11 --error-exitcode=1 -j "$(nproc)" \
	--enable=warning,performance,portability --inline-suppr \
	--suppress=missingIncludeSystem --suppress=missingInclude \
	--cppcheck-build-dir=build/cppcheck -D_GNU_SOURCE \
	-Icommon -Ibuild/gen "${files[@]}"
