#!/bin/bash
# bench.sh - what order-sync does, measured on this machine, in one run.
#
#   make bench                      everything; some minutes
#   ONLY="throughput ceiling" ...   or: latency, start, stock
#   ORDERS=300000 DISTINCT=150000   the load
#
# Real broker, real PostgreSQL with default durability, four partitions. Each
# figure is printed as it is found; the table comes last, and goes to
# build/bench/result.md.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

name=bench
env=tests/support/env/flotenv.sh
work=build/bench.d
orders=${ORDERS:-300000}
distinct=${DISTINCT:-150000}
only=${ONLY:-throughput ceiling latency start stock}
stock_rows=${STOCK_ROWS:-500000}
deadline_s=180
rows=()
pids=()

fail() {
	echo "bench: $*" >&2
	tail -n 3 "$work"/*.log >&2 2>/dev/null
	exit 1
}

clean_up() {
	local pid
	for pid in "${pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	"$env" "$name" wipe >/dev/null 2>&1
}

wanted() {
	[[ " $only " == *" $1 "* ]]
}

row() {
	rows+=("| $1 | $2 | $3 |")
	echo "  $1: $2 (${3:-no target})"
}

sql() {
	psql -XAtq -c "$1"
}

calc() {
	echo "scale=6; $1" | bc | sed 's/^\./0./'
}

round() {
	printf "%.${2:-0}f" "$1"
}

start_servers() {
	rm -rf "$work"
	mkdir -p "$work"
	trap clean_up EXIT
	"$env" "$name" wipe >/dev/null 2>&1
	"$env" "$name" up >"$work/servers.log" 2>&1 || fail "no servers"
	set -a
	# shellcheck disable=SC1090
	. "build/env/$name/env"
	FLOTILLA_SCHEMAS_DIR=$PWD/schemas
	FLOTILLA_HTTP_PORT=0
	set +a
	fresh_database
	build/fleetctl topics --partitions 4 >"$work/topics.log" 2>&1 ||
		fail "no topics"
}

# A case begins with nothing in the database, and all of the topic before it.
fresh_database() {
	sql "DROP SCHEMA public CASCADE" 2>/dev/null
	sql "CREATE SCHEMA public"
	build/fleetctl migrate >"$work/migrate.log" 2>&1 || fail "no schema"
	sql "CHECKPOINT"
}

cpu_s() {
	local pid total=0 ticks
	for pid in "$@"; do
		ticks=$(awk '{print $14 + $15}' "/proc/$pid/stat" 2>/dev/null)
		total=$((total + ${ticks:-0}))
	done
	calc "$total / $(getconf CLK_TCK)"
}

peak_mb() {
	awk '/VmHWM/ {print int($2 / 1024)}' "/proc/$1/status"
}

backends() {
	sql "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
}

broker_pid() {
	cat "build/env/$name/kafka.pid"
}

# wait_offsets N: prints the seconds from the first commit to the last. One
# session asks five times a second.
wait_offsets() {
	psql -XAtq -v ON_ERROR_STOP=1 <<-EOF
		CREATE TEMP TABLE seen (at timestamptz, n bigint);
		DO \$\$
		DECLARE n bigint; until timestamptz := clock_timestamp() + interval '$deadline_s s';
		BEGIN
			LOOP
				COMMIT;
				SELECT coalesce(sum(next_offset), 0) INTO n FROM lane;
				INSERT INTO seen VALUES (clock_timestamp(), n);
				EXIT WHEN n >= $1;
				IF clock_timestamp() > until THEN RAISE 'not through'; END IF;
				PERFORM pg_sleep(0.05);
			END LOOP;
		END \$\$;
		SELECT extract(epoch FROM max(at) - (SELECT max(at) FROM seen WHERE n = 0)) FROM seen;
	EOF
}

start_worker() {
	BENCH_TAPE=${2:-} "${3:-build/order-sync}" ${3:+worker} \
		2>>"$work/order-sync-$1.log" &
	pids+=($!)
}

stop_workers() {
	local pid
	for pid in "${pids[@]}"; do
		kill -TERM "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	pids=()
}

throughput() {
	local processes=$1 n took rate cpu pg broker mb=0 each before
	fresh_database
	before=$(cpu_s "$(broker_pid)")
	for n in $(seq "$processes"); do start_worker "$n"; done
	took=$(wait_offsets "$orders") || fail "order-sync was not through"
	rate=$(calc "$orders / $took")
	cpu=$(cpu_s "${pids[@]}")
	# shellcheck disable=SC2046
	pg=$(cpu_s $(backends))
	broker=$(calc "$(cpu_s "$(broker_pid)") - $before")
	for each in "${pids[@]}"; do mb=$((mb + $(peak_mb "$each"))); done
	stop_workers
	build/fleetctl prove --wait 10 | tail -n 1 | grep -q PROVEN ||
		fail "prove has findings"
	echo "$rate" >"$work/rate.$processes"
	row "orders/s, $processes process(es), run $2" "$(round "$rate")" \
		"$([ "$processes" = 1 ] && echo 50,000 || echo 70,000)"
	row "  CPU s per 1,000, worker" "$(round "$(calc "$cpu * 1000 / $orders")" 4)" 0.005
	row "  CPU s per 1,000, PostgreSQL's sessions" "$(round "$(calc "$pg * 1000 / $orders")" 4)" ""
	row "  CPU s per 1,000, broker" "$(round "$(calc "$broker * 1000 / $orders")" 4)" ""
	row "  peak memory, MB" "$mb" "24 each"
}

# The tape of a run of its own, sent again to an empty database.
ceiling() {
	local connections=$1 n took rate share lanes
	fresh_database
	for n in $(seq "$connections"); do
		start_worker "tape-$n" "$work/tape.$n" build/bench
	done
	wait_offsets "$orders" >/dev/null || fail "no tape"
	lanes=$(sql "SELECT string_agg(format('(%s, %L, %L, %s, %s, %s)', lane_id, consumer_group, topic, partition, from_offset, from_offset), ', ') FROM lane")
	stop_workers
	fresh_database
	# the numbers that the tapes speak of; two tapes do not keep each other's
	# order, as two owners of a lane would
	sql "ALTER TABLE lane DROP CONSTRAINT ledger; INSERT INTO lane (lane_id, consumer_group, topic, partition, from_offset, next_offset) OVERRIDING SYSTEM VALUE VALUES $lanes" >/dev/null ||
		fail "no lanes"
	for n in $(seq "$connections"); do
		build/bench ceiling "$work/tape.$n" >"$work/ceiling.$n" &
		pids+=($!)
	done
	for n in "${pids[@]}"; do wait "$n" || fail "the tape did not run"; done
	pids=()
	took=$(sort -n "$work"/ceiling.[0-9] | tail -n 1)
	rm -f "$work"/tape.* "$work"/ceiling.[0-9]
	rate=$(calc "$orders / $took")
	share=$([ -s "$work/rate.$connections" ] &&
		calc "100 * $(cat "$work/rate.$connections") / $rate")
	row "ceiling: the same SQL from memory, $connections connection(s), orders/s" "$(round "$rate")" ""
	[ -z "$share" ] || row "  order-sync reaches of it" "$(round "$share") %" "80 %"
}

latency() {
	local count=10000 rate=500 pid
	fresh_database
	sql "ALTER SYSTEM SET track_commit_timestamp = on"
	"$env" "$name" pg-restart >/dev/null 2>&1 || fail "no restart"
	start_worker latency
	pid=${pids[0]}
	wait_offsets "$orders" >/dev/null || fail "not through"
	build/bench latency $count $rate >/dev/null || fail "nothing was sent"
	wait_offsets $((orders + count)) >/dev/null || fail "not through"
	local p
	for p in 0.5 0.99 0.999; do
		row "hand-over to Kafka's client -> commit at $rate/s, p$(calc "$p * 100" | sed 's/0*$//; s/\.$//'), ms" \
			"$(sql "SELECT round((percentile_cont($p) WITHIN GROUP (ORDER BY extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000 - version / 1000.0))::numeric, 2) FROM orders WHERE id >= 'shopify/9000000000' AND id < 'shopify/9000$count'")" \
			"$([ $p = 0.5 ] && echo 1.3; [ $p = 0.99 ] && echo 5)"
	done
	kill -0 "$pid" || fail "order-sync died"
	stop_workers
}

# seconds between two events of a worker's log
between() {
	python3 - "$1" "$2" "$3" <<-'EOF'
		import datetime, json, sys
		at = {}
		for line in open(sys.argv[1]):
		    try: e = json.loads(line)
		    except ValueError: continue
		    at[e["event"]] = datetime.datetime.fromisoformat(e["time"].replace("Z", "+00:00"))
		print(round((at[sys.argv[3]] - at[sys.argv[2]]).total_seconds() * 1000))
	EOF
}

moved_after() {
	local until=$((SECONDS + 60))
	until [ "$(sql "SELECT count(*) FROM lane WHERE owner IS DISTINCT FROM '$1' AND epoch > $2")" -ge "$3" ]; do
		[ "$SECONDS" -lt "$until" ] || fail "the lanes were not claimed"
		sleep 0.02
	done
}

start_up() {
	fresh_database
	: >"$work/order-sync-cold.log"
	start_worker cold
	wait_offsets "$orders" >/dev/null || fail "not through"
	row "assignment -> lanes claimed, cold, ms" \
		"$(between "$work/order-sync-cold.log" partitions-assigned lanes-claimed)" 100
	row "assignment -> first commit, cold, ms" \
		"$(between "$work/order-sync-cold.log" partitions-assigned first-commit)" 100
	stop_workers
	restart_case "under the same group.instance.id" 3 bench-1
	restart_case "without one (session.timeout.ms)" 10 ""
}

# The process is killed; another takes its lanes.
restart_case() {
	local what=$1 target=$2 begin owner epoch
	[ -z "$3" ] || export KAFKA_GROUP_INSTANCE_ID=$3
	start_worker restart
	moved_after nobody 0 4
	owner=$(sql "SELECT owner FROM lane LIMIT 1")
	epoch=$(sql "SELECT max(epoch) FROM lane")
	kill -KILL "${pids[0]}"
	wait "${pids[0]}" 2>/dev/null
	pids=()
	begin=$(date +%s.%N)
	start_worker restart
	moved_after "$owner" "$epoch" 4
	row "kill -9 -> lanes claimed by another process, $what, s" \
		"$(round "$(calc "$(date +%s.%N) - $begin")" 1)" "$target"
	stop_workers
	unset KAFKA_GROUP_INSTANCE_ID
}

# A full stock file, and a trickle of another source that has to stay fresh.
stock_file() {
	local file=$work/stock_20261122.csv
	{
		echo 'ARTICLE;SITE;DESCRIPTION;QTY;RESERVED;INCOMING;SAFETY'
		seq 1 "$stock_rows" | awk '{
			printf "%d;HAM%d;thing %d;%d;%d;;\n", int($1 / 2), $1 % 2,
				$1, ($1 * 7919) % 60, $1 % 3 }'
	} >"$file"
	seq 1 400 | awk 'BEGIN { print "[" } {
		printf "%s{\"inventory_item_id\":%d,\"location_id\":1," \
			"\"available\":%d,\"updated_at\":\"2026-11-22T10:00:00Z\"}\n",
			(NR > 1 ? "," : ""), 900000000 + $1, $1 }
		END { print "]" }' >"$work/trickle.json"
	echo "$file"
}

stock() {
	local file begin took cpu pg p
	fresh_database
	sql "ALTER SYSTEM SET track_commit_timestamp = on"
	"$env" "$name" pg-restart >/dev/null 2>&1 || fail "no restart"
	file=$(stock_file)
	begin=$(date +%s.%N)
	build/fleetctl feed schemas/feeds/legacy/inventory-csv.json "$file" \
		>"$work/stock-feed.log" 2>&1 || fail "the file was not fed"
	row "fleetctl feed, rows/s of a CSV file of $stock_rows" \
		"$(round "$(calc "$stock_rows / ($(date +%s.%N) - $begin)")")" ""
	build/inventory-sync 2>>"$work/inventory-sync.log" &
	pids+=($!)
	# once it is at work: joining the group is no part of the trickle's age
	wait_offsets 1 >/dev/null || fail "inventory-sync did not begin"
	begin=$(date +%s.%N)
	build/feed files --topic raw.shopify.inventory.v1 --each --rate 50 \
		"$work/trickle.json" >"$work/trickle.log" 2>&1 &
	wait_offsets $((stock_rows + 400)) >/dev/null || fail "not through"
	took=$(calc "$(date +%s.%N) - $begin")
	cpu=$(cpu_s "${pids[@]}")
	# shellcheck disable=SC2046
	pg=$(cpu_s $(backends))
	row "levels/s, 1 process" "$(round "$(calc "$stock_rows / $took")")" "80,000"
	row "  CPU s per 1,000, worker" "$(round "$(calc "$cpu * 1000 / $stock_rows")" 4)" ""
	row "  CPU s per 1,000, PostgreSQL's sessions" "$(round "$(calc "$pg * 1000 / $stock_rows")" 4)" ""
	row "  peak memory, MB" "$(peak_mb "${pids[0]}")" ""
	for p in 0.5 0.99; do
		row "  a trickle beside it, broker -> commit, p$(calc "$p * 100" | sed 's/0*$//; s/\.$//'), ms" \
			"$(sql "SELECT round((percentile_cont($p) WITHIN GROUP (ORDER BY extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000 - at_us / 1000.0))::numeric) FROM inventory_levels WHERE id LIKE 'shopify/%'")" \
			"$([ $p = 0.99 ] && echo 1000)"
	done
	stop_workers
}

peers() {
	cat <<-'EOF'

	Measured before this was built, on this kind of machine, not by this run:

	| worker | orders/s | CPU s per 1,000 | memory MB |
	| --- | --- | --- | --- |
	| hand-written Go (franz-go, pgx), two threads, one | 44,500, 30,000 | 0.018 | 38 |
	| Java (kafka-clients), two threads | 40,800 | 0.034 | 300 |
	| Kafka Connect, Debezium JDBC, orders without lines | 35,000 | 0.105 | 1,056 |
	| Python; Spring Boot with JPA | 15,500; 8,900 | 0.05; 0.15 | 140; 420 |
	EOF
}

echo "bench: $orders orders, $distinct distinct, four partitions, $(nproc) cores"
start_servers
if [ "$only" != stock ]; then
	build/feed shopify --orders "$orders" --distinct "$distinct" \
		--partitions 4 >"$work/feed.log" 2>&1 || fail "no load"
fi
if wanted throughput; then
	for processes in 1 2; do
		for n in 1 2; do throughput $processes $n; done
	done
fi
if wanted ceiling; then for n in 1 2; do ceiling $n; done; fi
if wanted start; then start_up; fi
if wanted latency; then latency; fi
if wanted stock; then stock; fi
{
	echo "| what | measured | target |"
	echo "| --- | --- | --- |"
	printf '%s\n' "${rows[@]}"
	peers
} | tee "$work/result.md"
