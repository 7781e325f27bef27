#!/bin/bash
# demo.sh - real orders through the fleet, and what became of them.
#
# Starts a broker and a database of its own, the fleet (two order-syncs, an
# inventory-sync, a case-enricher) and a simulated shop and desk, and feeds them
# the UCI Online Retail invoices (real orders of a real shop), made-up Shopify
# orders in two versions, a nightly stock file, service cases, one example of
# every source that ships with a mapping, and one of every kind of bad message.
# The desk is down in the middle. Leaves nothing running, unless KEEP=1.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

name=demo
env=tests/support/env/flotenv.sh
work=build/demo
uci=../shared/data/online_retail_uci.csv.gz
shopify_orders=40000
shopify_distinct=20000
deadline_s=180
workers=()
sim_pid=
. tests/demo/systems.sh

say() {
	printf '\n\033[1m%s\033[0m\n' "$*"
}

fail() {
	echo "demo: $*" >&2
	echo "demo: what the workers said last:" >&2
	tail -n 5 "$work"/*-sync*.log "$work"/case-enricher.log >&2 2>/dev/null
	echo "demo: all of it is in $work" >&2
	exit 1
}

stop_workers() {
	local pid
	for pid in "${workers[@]}"; do
		kill -TERM "$pid" 2>/dev/null
	done
	for pid in "${workers[@]}"; do
		wait "$pid" 2>/dev/null
	done
	workers=()
}

clean_up() {
	stop_workers
	[ -z "$sim_pid" ] || kill -TERM "$sim_pid" 2>/dev/null
	"$env" "$name" wipe >/dev/null 2>&1
}

sql() {
	psql -XAtq -c "$1"
}

run() {
	"$@" >>"$work/steps.log" 2>&1 || {
		tail -n 5 "$work/steps.log" >&2
		fail "this went wrong: $*"
	}
}

free_port() {
	local port
	for port in $(seq 19464 19564); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || {
			echo "$port"
			return
		}
	done
}

start_servers() {
	rm -rf "$work"
	mkdir -p "$work"
	trap clean_up EXIT
	"$env" "$name" wipe >/dev/null 2>&1
	"$env" "$name" up >"$work/servers.log" 2>&1 || {
		cat "$work/servers.log" >&2
		fail "the broker or the database did not start"
	}
	set -a
	# shellcheck disable=SC1090
	. "build/env/$name/env"
	FLOTILLA_SCHEMAS_DIR=$PWD/$work/schemas
	FLOTILLA_HTTP_LISTEN=127.0.0.1
	set +a
	make_schemas
	run build/fleetctl migrate
	run build/fleetctl topics --partitions 4
}

start_workers() {
	local n port
	for n in 1 2; do
		port=$(free_port)
		FLOTILLA_HTTP_PORT=$port build/order-sync \
			2>"$work/order-sync-$n.log" &
		workers+=($!)
		ports[n]=$port
		wait_for_port "$port"
	done
}

wait_for_port() {
	local until=$((SECONDS + 20))
	until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
		[ "$SECONDS" -lt "$until" ] || fail "order-sync did not start"
		sleep 0.1
	done
}

# Examples of all sources; each is one message of its topic.
feed_examples() {
	local file system noun
	for file in schemas/mappings/*/*.example.json; do
		system=$(basename "$(dirname "$file")")
		noun=$(basename "$file")
		noun=${noun%%.*}
		run build/feed files --topic "raw.$system.$noun.v1" "$file"
	done
}

feed_all() {
	if [ -r "$uci" ]; then
		run build/feed uci --file "$uci"
	else
		echo "NOT HERE: $uci - the demo runs on made-up orders alone"
	fi
	run build/feed shopify --orders "$shopify_orders" \
		--distinct "$shopify_distinct" --partitions 4
	run build/feed raw --kind all
	feed_stock
	feed_cases
	feed_examples
}

# How far the topics reach, all lanes together.
total_offsets() {
	build/fleetctl lane list --limit 1000 --json | tr ',{' '\n\n' |
		sed -n 's/^ *"end_of_topic": *\([0-9]*\).*/\1/p' |
		awk '{n += $1} END {print n + 0}'
}

# Lines on a terminal are written over; elsewhere there is one every 5 s.
progress() {
	local done=$1 total=$2 rate=$3 line
	line="  $done of $total messages, $rate a second"
	if [ -t 1 ]; then
		printf '\r%s   ' "$line"
	elif [ $((SECONDS - told)) -ge 5 ]; then
		echo "$line"
		told=$SECONDS
	fi
}

work_through() {
	local total=$1 begin=$2 done=0 elapsed until=$((SECONDS + deadline_s))
	told=$SECONDS
	while :; do
		done=$(sql "SELECT coalesce(sum(next_offset), 0) FROM lane")
		elapsed=$(echo "$(date +%s.%N) - $begin" | bc)
		progress "$done" "$total" \
			"$(echo "$done / ($elapsed + 0.001)" | bc)"
		[ "$done" -lt "$total" ] || break
		[ "$SECONDS" -lt "$until" ] ||
			fail "not through after $deadline_s s"
		sleep 0.2
	done
	[ ! -t 1 ] || echo
	took=$elapsed
	until [ "$(sql "SELECT count(*) FROM output WHERE keep_until IS NULL")" = 0 ]; do
		[ "$SECONDS" -lt "$until" ] || fail "the events were not told"
		sleep 0.2
	done
}

metric() {
	local n
	for n in 1 2; do
		curl -s "http://127.0.0.1:${ports[$n]}/metrics"
	done | grep "^$1"
}

# The bound of the bucket in which the share of all messages is reached.
age_at() {
	metric 'flotilla_message_age_seconds_bucket' |
		sed 's/.*le="\([^"]*\)"} /\1 /' |
		awk -v share="$1" '{ n[$1] += $2 }
			END { total = n["+Inf"]; best = "+Inf"
				for (le in n) if (le != "+Inf" && n[le] >= share * total &&
					(best == "+Inf" || le + 0 < best + 0)) best = le
				print best }'
}

show_rates() {
	say "How it went"
	echo "  $1 messages in $took s: $(echo "$1 / $took" | bc) a second, two processes on $(nproc) cores"
	echo "  half of them were committed within $(age_at 0.5) s of reaching the broker, 99 % within $(age_at 0.99) s"
	echo "  (all were sent at once: that is the time they stood in the queue)"
	say "What became of them"
	psql -Xq -P footer=off -c "SELECT topic, sum(applied) AS applied, sum(duplicate) AS duplicate, sum(superseded) AS superseded, sum(skipped) AS skipped, sum(dead) AS dead FROM lane GROUP BY topic HAVING sum(next_offset) > 0 ORDER BY sum(next_offset) DESC"
}

show_order() {
	local order=$1 raw=$2
	echo "  before: ${raw:0:180}..."
	echo "  after:"
	psql -Xq -P footer=off -P border=0 -c "SELECT order_id, number, confirmation, payment, fulfilment, revision FROM order_status_view WHERE order_id = '$order'" | sed 's/^/    /'
	psql -Xq -P footer=off -P border=0 -c "SELECT line_no AS line, sku, left(name, 34) AS name, quantity, unit_price, total, currency FROM order_line WHERE order_id = '$order' ORDER BY line_no LIMIT 3" | sed 's/^/    /'
	echo
}

show_orders() {
	local id
	say "Three orders, before and after"
	if [ -r "$uci" ]; then
		id=$(sql "SELECT id FROM orders WHERE id LIKE 'uci/%' AND NOT deleted AND total_minor > 10000 ORDER BY placed_at LIMIT 1")
		show_order "$id" "$(build/feed uci --file "$uci" --stdout 2>/dev/null | grep -m1 "\"key\":\"${id#uci/}\"")"
	fi
	id=$(sql "SELECT id FROM orders WHERE id LIKE 'shopify/%' AND version > 0 ORDER BY id LIMIT 1")
	show_order "$id" "$(build/feed shopify --orders "$shopify_orders" --distinct "$shopify_distinct" --partitions 4 --stdout 2>/dev/null | grep -m1 "\"id\\\\\?\":${id#shopify/}")"
	id=$(sql "SELECT id FROM orders WHERE id LIKE 'commercetools/%' LIMIT 1")
	show_order "$id" "$(tr -d '\n\t' <schemas/mappings/commercetools/order.example.json)"
}

show_dead() {
	say "Dead letters (kept with their bytes; fleetctl dlq show, retry, discard)"
	psql -Xq -P footer=off -c "SELECT dead_letter_id AS id, topic, error_class AS class, left(error_text, 58) AS why, left(pointer, 24) AS pointer FROM dead_letter ORDER BY 1 LIMIT 20"
}

show_events() {
	say "Events told"
	echo "  $(metric flotilla_published_total | awk '{n += $2} END {print n}') records acknowledged by Kafka"
	psql -Xq -P footer=off -c "SELECT 'order statuses' AS what, count(*) AS records, sum(revision) AS changes FROM order_status UNION ALL SELECT 'orders', count(*), sum(revision) FROM orders UNION ALL SELECT 'shipments', count(*), sum(revision) FROM shipments UNION ALL SELECT 'payments', count(*), sum(revision) FROM payments UNION ALL SELECT 'invoices', count(*), sum(revision) FROM invoices"
}

show_where_next() {
	say "Where to look next"
	cat <<-EOF
	  README.md                          what this was
	  make demo KEEP=1                   the same, and it stays up
	  schemas/mappings/README.md         how to connect a source of your own
	  build/fleetctl --help              lanes, dead letters, replay, proof
	EOF
}

keep_up() {
	say "Left running (KEEP=1)"
	cat <<-EOF
	  set -a; . build/env/$name/env; set +a     then psql and build/fleetctl find their way
	  Kafka        $KAFKA_BOOTSTRAP_SERVERS
	  PostgreSQL   $PGHOST:$PGPORT, database $PGDATABASE
	  the fleet    pids ${workers[*]}; http://127.0.0.1:${ports[1]}/metrics and :${ports[2]}, :${ports[3]}, :${ports[4]}
	  the others   $sim (tests/retail-sim/README.md)
	  logs         $work
	  to end it    kill ${workers[*]} $sim_pid; make down NAME=$name
	EOF
	trap - EXIT
	disown -a
}

ports=()
took=0
told=0

say "A broker, a database, a fleet of four, a shop and a desk"
start_servers
start_sim
break_desk
echo "  Kafka at $KAFKA_BOOTSTRAP_SERVERS, PostgreSQL at $PGHOST:$PGPORT"
say "Orders on their way"
feed_all
begin=$(date +%s.%N)
start_workers
start_others
say "At work"
# lanes are there once they are claimed: only then does fleetctl know their ends
lanes=$((4 * $(find "$work/schemas/mappings" -name '*.json' ! -name '*.*.json' | wc -l)))
until [ "$(sql 'SELECT count(*) FROM lane')" -ge "$lanes" ]; do
	[ "$SECONDS" -lt 60 ] || fail "the lanes were not claimed"
	sleep 0.1
done
total=$(total_offsets)
work_through "$total" "$begin"
ride_out
show_rates "$total"
show_orders
show_stock
show_cases
show_dead
show_events
say "The proof"
build/fleetctl prove --wait 10 >"$work/prove.txt"
verdict=$?
# every lane is in the file; here those with findings, the sums, the verdict
if [ $verdict = 0 ]; then
	tail -n 2 "$work/prove.txt" | sed 's/^/  /'
else
	cat "$work/prove.txt"
fi
if [ "${KEEP:-}" ]; then keep_up; else
	stop_workers
	show_where_next
fi
exit $verdict
