# postgres.sh - one private PostgreSQL cluster; sourced by flotenv.sh.
#
# The server refuses to run as root, so root hands the cluster to the user
# postgres. Where that user cannot reach the checkout (below /root, say), the
# cluster lies under /tmp instead, and $dir/pg.dir remembers where.

pg_paths() {
	pg_dir=
	pg_socket_dir=
	[ ! -s "$dir/pg.dir" ] || pg_place "$(cat "$dir/pg.dir")"
}

pg_place() {
	pg_dir=$1
	pg_data=$pg_dir/data
	pg_log=$pg_dir/log
	pg_socket_dir=$pg_dir
}

# Runs a command as the cluster's owner, where that owner may be.
pg_as() {
	if [ "$(id -u)" = 0 ]; then
		(cd / && runuser -u postgres -- "$@" 9>&-)
	else
		(cd / && "$@" 9>&-)
	fi
}

pg_bin() {
	local each
	for each in /usr/lib/postgresql/15/bin /usr/lib/postgresql/*/bin \
		"$(dirname "$(command -v initdb || echo /none)")"; do
		if [ -x "$each/initdb" ]; then
			echo "$each"
			return 0
		fi
	done
	fail "PostgreSQL's server is missing: make deps"
}

pg_choose_dir() {
	local place=$dir/pg far
	[ -z "$pg_dir" ] || return 0
	if [ "$(id -u)" = 0 ] && ! pg_as test -x "$dir"; then
		place=
	fi
	# a socket's path has at most 107 bytes
	[ ${#place} -le 80 ] || place=
	if [ -z "$place" ]; then
		far=/tmp/flotilla-$(id -u)-$(echo "$root" | cksum | cut -d' ' -f1)
		mkdir -p "$far"
		# /tmp is everybody's: take no directory that another made
		[ -O "$far" ] && [ ! -L "$far" ] || fail "$far is not ours"
		place=$far/$name
	fi
	echo "$place" >"$dir/pg.dir"
	pg_place "$place"
}

pg_pid() {
	head -1 "$pg_data/postmaster.pid" 2>/dev/null || :
}

pg_alive() {
	[ -n "$pg_dir" ] && pid_alive "$(pg_pid)" "$pg_data"
}

pg_gone() {
	! pg_alive
}

# Durability is PostgreSQL's default (fsync, synchronous_commit, full page
# writes): what is measured here is what a shop would have.
pg_write_conf() {
	cat >"$pg_data/conf.d/flotilla.conf" <<-EOF
		listen_addresses = '127.0.0.1'
		port = $pg_port
		unix_socket_directories = '$pg_socket_dir'
		max_connections = 60
		shared_buffers = 512MB
		min_wal_size = 1GB
		max_wal_size = 4GB
		checkpoint_timeout = 15min
		autovacuum = on
		log_line_prefix = '%m [%p] %a '
		log_checkpoints = on
		timezone = 'UTC'
		log_timezone = 'UTC'
	EOF
}

pg_init() {
	local bin=$1
	[ ! -s "$pg_data/flotilla.done" ] || return 0
	rm -rf "$pg_dir"
	mkdir -p "$pg_dir"
	[ "$(id -u)" != 0 ] || chown postgres "$pg_dir"
	# trust is for this machine's loopback and socket alone
	pg_as "$bin/initdb" -D "$pg_data" -U flotilla -A trust -E UTF8 \
		--locale=C.UTF-8 --no-sync --no-instructions \
		>"$dir/pg-init.log" 2>&1 || {
		tail_of "$dir/pg-init.log"
		return 1
	}
	mkdir -p "$pg_data/conf.d"
	echo "include_dir = 'conf.d'" >>"$pg_data/postgresql.conf"
	[ "$(id -u)" != 0 ] || chown -R postgres "$pg_data/conf.d"
}

pg_start() {
	local bin
	if pg_alive; then
		return 0
	fi
	bin=$(pg_bin)
	pg_choose_dir
	env_write
	pg_init "$bin" || fail "initdb failed"
	pg_write_conf
	# Where the dead are reaped late, a zombie keeps its number, and a new
	# server would take it for the living owner of these files. PostgreSQL
	# itself still finds a child that lives on, by its shared memory.
	rm -f "$pg_data/postmaster.pid" "$pg_socket_dir"/.s.PGSQL.*
	if ! pg_as "$bin/pg_ctl" -D "$pg_data" -l "$pg_log" -w -t 60 start \
		</dev/null >"$dir/pg-start.log" 2>&1; then
		tail_of "$dir/pg-start.log"
		tail_of "$pg_log"
		fail "PostgreSQL of '$name' did not start"
	fi
	if [ ! -s "$pg_data/flotilla.done" ]; then
		pg_as "$bin/createdb" -h "$pg_socket_dir" -p "$pg_port" \
			-U flotilla flotilla
		# last, so that a start that was cut off begins anew
		echo done >"$pg_data/flotilla.done"
	fi
}

# pg_ctl's fast mode rolls back what runs and leaves a clean shutdown.
pg_stop() {
	if pg_alive; then
		kill -CONT "$(pg_pid)" 2>/dev/null || :
		pg_as "$(pg_bin)/pg_ctl" -D "$pg_data" -m fast -w -t 60 stop \
			>/dev/null 2>&1 || pg_kill9
	fi
}

pg_restart() {
	pg_stop
	pg_start
}

# Everything at once, as when the machine loses power: a child that outlived
# its postmaster would hold the shared memory and keep the next one out.
pg_kill9() {
	local pid children
	pg_alive || return 0
	pid=$(pg_pid)
	children=$(pgrep -P "$pid" || :)
	kill -KILL "$pid" $children 2>/dev/null || :
	for pid in $pid $children; do
		wait_until 10 pid_gone "$pid" postgres ||
			fail "a PostgreSQL process survived SIGKILL"
	done
}

pg_reload() {
	local each
	pg_alive || fail "PostgreSQL of '$name' is down"
	for each in "$@"; do
		echo "${each%%=*} = '${each#*=}'"
	done >"$pg_data/conf.d/override.conf"
	kill -HUP "$(pg_pid)"
}

# The children do the work: stopping the postmaster alone would change little.
pg_pause() {
	pg_alive || fail "PostgreSQL of '$name' is down"
	kill -STOP $(pgrep -P "$(pg_pid)") "$(pg_pid)"
}

pg_continue() {
	pg_alive || fail "PostgreSQL of '$name' is down"
	kill -CONT $(pgrep -P "$(pg_pid)") "$(pg_pid)"
}
