#!/bin/bash
# deps.sh build|check|run... - installs the Debian packages that are missing.
#
#   build  what compiles the programs
#   check  what the tests need besides
#   run    what a broker and a PostgreSQL of one's own need
#
# Nothing is asked of the network when nothing is missing.
set -euo pipefail

build='gcc make libc6-dev pkg-config librdkafka-dev libpq-dev libyajl-dev
	libmicrohttpd-dev libxxhash-dev libcurl4-openssl-dev libssl-dev'
check='check clang-format cppcheck python3'
run='postgresql-15 maven procps util-linux'

# Any Java of 17 or later runs the broker; Debian's is taken when there is none.
java_is_new() {
	local major
	command -v java >/dev/null || return 1
	major=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
	[ "${major:-0}" -ge 17 ]
}

wanted=
for group in "${@:-build}"; do
	case $group in
	build) wanted+=" $build" ;;
	check) wanted+=" $check" ;;
	run)
		wanted+=" $run"
		java_is_new || wanted+=' openjdk-17-jre-headless'
		;;
	*) echo "deps.sh: no group '$group'" >&2; exit 2 ;;
	esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	# Not a failure: the compiler will say what it does not find.
	echo "not a Debian machine: please see that these are there:" $wanted >&2
	exit 0
fi

missing=
for package in $wanted; do
	state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) ||
		state=none
	[ "$state" = installed ] || missing+=" $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "missing packages; as root, run: apt-get install$missing" >&2
		exit 1
	fi
	as_root=sudo
fi
echo "installing:$missing"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	--no-install-recommends -o Dpkg::Use-Pty=0 $missing >/tmp/flotilla-apt.$$ 2>&1 || {
	tail -20 /tmp/flotilla-apt.$$ >&2
	rm -f /tmp/flotilla-apt.$$
	exit 1
}
rm -f /tmp/flotilla-apt.$$
