# base.sh - what kafka.sh and postgres.sh share; sourced by flotenv.sh.
#
# A process counts as ours only when its command line names our directory:
# a pid file may have outlived its process, and the number another's by now.

fail() {
	echo "flotenv: $*" >&2
	exit 1
}

# pid_alive PID TEXT: a zombie has an empty command line and counts as dead.
pid_alive() {
	[ -n "$1" ] && [ -r "/proc/$1/cmdline" ] &&
		tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF -- "$2"
}

# wait_until SECONDS COMMAND...: false when the deadline came first.
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# pid_end PID TEXT SECONDS: TERM, and KILL when that takes too long.
pid_end() {
	pid_alive "$1" "$2" || return 0
	kill -TERM "$1" 2>/dev/null || return 0
	# one that a test has stopped cannot react to TERM
	kill -CONT "$1" 2>/dev/null || return 0
	if ! wait_until "$3" pid_gone "$1" "$2"; then
		echo "flotenv: $1 did not end within $3 s: killed" >&2
		kill -KILL "$1" 2>/dev/null || :
		wait_until 10 pid_gone "$1" "$2"
	fi
}

pid_gone() {
	! pid_alive "$1" "$2"
}

tail_of() {
	echo "--- last lines of $1" >&2
	tail -20 "$1" >&2 2>/dev/null || :
}

port_free() {
	! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

ports_read() {
	kafka_port= controller_port= pg_port=
	[ ! -s "$dir/ports" ] ||
		read -r kafka_port controller_port pg_port <"$dir/ports"
}

# The ports of before are taken again unless somebody else has them now. The
# search starts at a place that depends on the directory, so that environments
# do not meet, and stays below the range that the kernel hands out to clients.
ports_choose() {
	local at=$((20000 + $(echo "$dir" | cksum | cut -d' ' -f1) % 1200 * 10))
	local chosen=() port

	if [ -n "$pg_port" ] && { kafka_alive || port_free "$kafka_port"; } &&
		{ kafka_alive || port_free "$controller_port"; } &&
		{ pg_alive || port_free "$pg_port"; }; then
		return 0
	fi
	if kafka_alive || pg_alive; then
		env_down
	fi
	for ((port = at; port < 32700; port++)); do
		if port_free "$port"; then
			chosen+=("$port")
		fi
		[ ${#chosen[@]} -lt 3 ] || break
	done
	[ ${#chosen[@]} -eq 3 ] || fail "no free ports from $at on"
	echo "${chosen[*]}" >"$dir/ports"
	ports_read
}
