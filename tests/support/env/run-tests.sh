#!/bin/bash
# run-tests.sh PART... - runs check, unit or integration, and adds up.
#
# The last line is "N passed, N failed" over all parts; exit 0 when none failed.
# `make` builds what runs here. From the environment:
#
#   TESTS=<suite>   run that one libcheck suite (libcheck's CK_RUN_SUITE)
#   KEEP=1          leave the servers of the integration tests running
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.." || exit 1
[ -z "${TESTS:-}" ] || export CK_RUN_SUITE=$TESTS

passed=0
failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# a check is one test: it passes or fails as a whole
run_check() {
	local script
	for script in tests/check-*.sh; do
		echo "== ${script#tests/}"
		if "$script"; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			echo "FAILED: $script"
		fi
	done
}

# libcheck's summary: "98%: Checks: 50, Failures: 1, Errors: 0". A program that
# ends without one, or badly although all passed, counts as a failure.
run_program() {
	local program=$1 rc=0 checks bad
	if [ ! -x "$program" ]; then
		echo "no tests yet: $program"
		return
	fi
	"$program" 2>&1 | tee "$tmp/log"
	rc=$?
	read -r checks bad < <(sed -n \
		's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2 \3/p' \
		"$tmp/log" | awk '{n += $1; b += $2 + $3} END {print n + 0, b + 0}')
	if [ "$rc" != 0 ] && [ "$bad" = 0 ]; then
		echo "FAILED: $program ended with $rc"
		bad=1
		checks=$((checks + 1))
	elif [ "$checks" = 0 ]; then
		echo "FAILED: $program ran nothing"
		bad=1
		checks=1
	fi
	passed=$((passed + checks - bad))
	failed=$((failed + bad))
}

run_unit() {
	echo '== unit tests (ASan, UBSan)'
	# a busy machine is no failure
	CK_DEFAULT_TIMEOUT=120 SCHEMAS_DIR=$PWD/schemas \
		run_program build/asan/unit-tests
}

run_integration() {
	local env=tests/support/env/flotenv.sh name=${FLOTENV_NAME:-test}
	echo '== integration tests (real Kafka, real PostgreSQL)'
	if [ ! -x build/integration-tests ]; then
		echo 'no tests yet: build/integration-tests'
		return
	fi
	echo "starting the environment '$name'"
	"$env" "$name" wipe
	if ! "$env" "$name" up; then
		failed=$((failed + 1))
		return
	fi
	# also when somebody presses Ctrl-C
	[ -n "${KEEP:-}" ] || trap '"'$env'" "'$name'" wipe; rm -rf "$tmp"' EXIT
	set -a
	. "${FLOTENV_ROOT:-build/env}/$name/env"
	SCHEMAS_DIR=$PWD/schemas
	set +a
	run_program build/integration-tests
}

for part in "$@"; do
	"run_$part"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
