#!/bin/bash
# flotenv.sh - a Kafka broker and a PostgreSQL of one's own, by name.
#
#   flotenv.sh NAME up            start what is not running; quick when all is
#   flotenv.sh NAME down          stop both, keep the data
#   flotenv.sh NAME wipe          stop both, drop the data
#   flotenv.sh NAME status        what runs; exit 0 when both do
#   flotenv.sh NAME print         the settings, one KEY=VALUE a line
#   flotenv.sh NAME {pg|kafka}-{start|stop|restart|kill9}
#   flotenv.sh NAME pg-reload KEY=VALUE...   settings of the server, then SIGHUP
#   flotenv.sh NAME {pg|kafka}-pause, {pg|kafka}-continue   SIGSTOP, SIGCONT
#   flotenv.sh NAME kafka-archive  make broker's: NAME is used up by it
#   flotenv.sh list               the environments there are
#
# An environment lives in build/env/NAME (FLOTENV_ROOT moves all of them).
# Its ports are chosen once and stay, so that what was connected finds the
# server again. Names do not disturb each other: demo, test, bench, dev run side
# by side. Both servers listen on loopback only. For a shell:
#
#   set -a; . build/env/NAME/env; set +a
set -euo pipefail

# The servers must find their directories whatever the caller's umask is.
umask 022
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../../.." && pwd)
root=${FLOTENV_ROOT:-$repo/build/env}

. "$here/base.sh"
. "$here/kafka.sh"
. "$here/postgres.sh"

usage() {
	sed -n '2,/^set -euo/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

env_write() {
	cat >"$dir/env.new" <<-EOF
		FLOTENV_NAME=$name
		KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:$kafka_port
		PGHOST=127.0.0.1
		PGPORT=$pg_port
		PGUSER=flotilla
		PGDATABASE=flotilla
		FLOTENV_PG_DIR=$pg_dir
		FLOTENV_PG_SOCKET_DIR=$pg_socket_dir
	EOF
	mv "$dir/env.new" "$dir/env"
}

env_up() {
	local pg=
	if kafka_alive && pg_alive; then
		return 0
	fi
	ports_choose
	env_write
	# side by side: each spends most of its start waiting
	pg_start &
	pg=$!
	kafka_start || { wait "$pg" || :; return 1; }
	wait "$pg"
}

env_down() {
	local pg=
	pg_stop &
	pg=$!
	kafka_stop
	wait "$pg"
}

env_wipe() {
	env_down
	# only what this script made: never follow a mistaken path
	if [ -n "$pg_dir" ] && [ -e "$pg_dir" ]; then
		rm -rf "$pg_dir"
		rmdir "$(dirname "$pg_dir")" 2>/dev/null || :
	fi
	rm -rf "$dir"
}

env_status() {
	local rc=0
	if kafka_alive; then
		echo "kafka     up    127.0.0.1:$kafka_port  pid $(cat "$kafka_pid")"
	else
		echo "kafka     down"
		rc=1
	fi
	if pg_alive; then
		echo "postgres  up    127.0.0.1:$pg_port  pid $(pg_pid)"
	else
		echo "postgres  down"
		rc=1
	fi
	return $rc
}

env_list() {
	local each
	for each in "$root"/*/; do
		each=$(basename "$each")
		if [ -e "$root/$each/env" ]; then
			echo "$each"
		fi
	done
}

env_exists() {
	[ -e "$dir/env" ] || fail "there is no environment '$name': flotenv.sh $name up"
}

if [ "${1:-}" = list ]; then
	env_list
	exit 0
fi
[ $# -ge 2 ] || usage
name=$1
verb=$2
shift 2
case $name in
*[!a-zA-Z0-9_-]* | '') fail "a name has letters, digits, - and _: '$name'" ;;
esac
dir=$root/$name

case $verb in
up) ;;
down | wipe | status)
	if [ ! -e "$dir" ]; then
		[ "$verb" != status ] || { echo "there is no environment '$name'"; exit 1; }
		exit 0
	fi
	;;
kafka-archive) ;;
print) env_exists; cat "$dir/env"; exit 0 ;;
pg-* | kafka-*) env_exists ;;
*) usage ;;
esac

mkdir -p "$dir"
# Two callers at once would both start a server. The lock lies beside the
# directory because a wipe removes that.
exec 9>"$root/.$name.lock"
flock -w 120 9 || fail "another flotenv.sh holds the environment '$name'"
kafka_paths
pg_paths
ports_read

case $verb in
up | down | wipe | status) "env_$verb" ;;
pg-start | pg-stop | pg-restart | pg-kill9 | pg-reload | pg-pause | pg-continue | \
	kafka-archive | kafka-start | kafka-stop | kafka-restart | kafka-kill9 | kafka-pause | kafka-continue)
	"${verb/-/_}" "$@"
	;;
*) usage ;;
esac
