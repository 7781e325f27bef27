# kafka.sh - one KRaft broker, controller included; sourced by flotenv.sh.

kafka_paths() {
	kafka_libs=$repo/build/kafka/libs
	kafka_cds=$repo/build/kafka/broker.jsa
	kafka_dir=$dir/kafka
	kafka_pid=$dir/kafka.pid
	kafka_log=$dir/kafka.log
	kafka_conf=$dir/kafka.properties
}

kafka_alive() {
	[ -s "$kafka_pid" ] && pid_alive "$(cat "$kafka_pid")" "$kafka_conf"
}

kafka_gone() {
	! kafka_alive
}

# Small and quick to start: few partitions of the internal topics, short
# sessions allowed, no waiting for more members. The message limit lets 10 MB
# pass, headers included.
kafka_write_conf() {
	cat >"$kafka_conf" <<-EOF
		process.roles=broker,controller
		node.id=1
		controller.quorum.voters=1@127.0.0.1:$controller_port
		listeners=PLAINTEXT://127.0.0.1:$kafka_port,CONTROLLER://127.0.0.1:$controller_port
		advertised.listeners=PLAINTEXT://127.0.0.1:$kafka_port
		controller.listener.names=CONTROLLER
		listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
		log.dirs=$kafka_dir
		auto.create.topics.enable=false
		num.partitions=4
		log.message.timestamp.type=LogAppendTime
		log.retention.hours=168
		log.cleaner.threads=1
		log.cleaner.dedupe.buffer.size=16777216
		message.max.bytes=11534336
		replica.fetch.max.bytes=11534336
		offsets.topic.num.partitions=4
		offsets.topic.replication.factor=1
		transaction.state.log.num.partitions=4
		transaction.state.log.replication.factor=1
		transaction.state.log.min.isr=1
		group.initial.rebalance.delay.ms=0
		group.min.session.timeout.ms=1000
		broker.heartbeat.interval.ms=500
		broker.session.timeout.ms=2000
	EOF
}

# The archive holds the broker's classes as the JVM wants them in memory: it
# saves more than a second of each start. A JVM that it does not suit ignores it.
kafka_jvm() {
	echo -XX:+UseSerialGC
	[ ! -s "$kafka_cds" ] || echo "-XX:SharedArchiveFile=$kafka_cds"
}

# Made by running a broker once; where that fails, starts are slower, no more.
kafka_archive() {
	[ ! -s "$kafka_cds" ] || [ "$kafka_libs/.pom" -nt "$kafka_cds" ] || return 0
	echo 'preparing the broker for quick starts (10 s, once)'
	rm -f "$kafka_cds"
	ports_choose
	if (kafka_start -XX:ArchiveClassesAtExit="$kafka_cds.$$"); then
		kafka_stop >/dev/null
	fi
	[ ! -s "$kafka_cds.$$" ] || mv "$kafka_cds.$$" "$kafka_cds"
	rm -rf "$dir" "$kafka_cds.$$"
}

kafka_format() {
	[ ! -s "$kafka_dir/meta.properties" ] || return 0
	rm -rf "$kafka_dir"
	mkdir -p "$kafka_dir"
	# 16 random bytes as unpadded base64url: what Kafka calls a uuid. Each
	# environment has one of its own, because a wiped broker is another.
	local id
	id=$(head -c 16 /dev/urandom | base64 | tr '+/' 'AA' | tr -d '=')
	java $(kafka_jvm) -XX:TieredStopAtLevel=1 -Xmx96m -cp "$kafka_libs/*" \
		kafka.tools.StorageTool format -t "$id" -c "$kafka_conf" \
		>"$dir/kafka-format.log" 2>&1 || {
		rm -rf "$kafka_dir"
		tail_of "$dir/kafka-format.log"
		return 1
	}
}

kafka_is_up() {
	# a broker that died will not come up: stop waiting
	kafka_alive || return 0
	grep -q 'Kafka Server started' "$kafka_log" 2>/dev/null
}

# kafka_start [JVM-OPTION]
kafka_start() {
	if kafka_alive; then
		return 0
	fi
	[ -s "$kafka_libs/.pom" ] || fail "the broker's jars are missing: make broker"
	kafka_write_conf
	kafka_format || fail "the broker's disk could not be formatted"
	[ ! -s "$kafka_log" ] || mv "$kafka_log" "$kafka_log.before"
	: >"$kafka_log"
	# Its own session, so that Ctrl-C in a test's terminal does not end it;
	# no inherited descriptors, so that nobody waits for it at a pipe.
	setsid java $(kafka_jvm) "$@" -Xms384m -Xmx384m -cp "$kafka_libs/*" \
		-Dbroker.log="$kafka_log" \
		-Dlog4j2.configurationFile="$repo/deploy/kafka/log4j2.properties" \
		kafka.Kafka "$kafka_conf" \
		</dev/null >>"$dir/kafka.out" 2>&1 9>&- &
	echo $! >"$kafka_pid"
	disown
	# the shell's child becomes java only after setsid and java have exec'd
	wait_until 5 kafka_alive || :
	wait_until 60 kafka_is_up || :
	if ! kafka_alive || ! grep -q 'Kafka Server started' "$kafka_log"; then
		tail_of "$dir/kafka.out"
		tail_of "$kafka_log"
		pid_end "$(cat "$kafka_pid")" "$kafka_conf" 5
		fail "the broker of '$name' did not start"
	fi
}

kafka_stop() {
	if kafka_alive; then
		pid_end "$(cat "$kafka_pid")" "$kafka_conf" 30
	fi
	rm -f "$kafka_pid"
}

kafka_restart() {
	kafka_stop
	kafka_start
}

kafka_kill9() {
	kafka_alive || return 0
	kill -KILL "$(cat "$kafka_pid")"
	wait_until 10 kafka_gone || fail "the broker survived SIGKILL"
	rm -f "$kafka_pid"
}

kafka_pause() {
	kafka_alive || fail "the broker of '$name' is down"
	kill -STOP "$(cat "$kafka_pid")"
}

kafka_continue() {
	kafka_alive || fail "the broker of '$name' is down"
	kill -CONT "$(cat "$kafka_pid")"
}
