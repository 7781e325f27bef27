#!/bin/bash
# fetch.sh <directory> - the broker's jars, from Maven Central.
#
# They are gathered beside the directory and moved in one step, so that an
# interrupted download never looks like a finished one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$(dirname "$1")"
into=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

# The marker names what was fetched: a new pom fetches again.
want=$(cksum <"$here/pom.xml")
[ "$(cat "$into/.pom" 2>/dev/null)" != "$want" ] || exit 0

echo "fetching the Kafka broker's jars (55 MB, once)"
part=$into.part.$$
trap 'rm -rf "$part"' EXIT
if ! mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies \
	-DincludeScope=runtime -DoutputDirectory="$part"; then
	echo "maven could not fetch them: is Maven Central reachable?" >&2
	exit 1
fi
echo "$want" >"$part/.pom"
rm -rf "$into"
mv "$part" "$into"
