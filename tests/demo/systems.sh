# systems.sh - the demo's other half, sourced by demo.sh: a nightly stock file,
# service cases, and systems that are told (tests/retail-sim), the desk of which
# is down in the middle.
# shellcheck shell=bash disable=SC2154

stock_rows=20000
cases=60

# The simulator's connectors and mappings beside the shipped ones.
make_schemas() {
	cp -r schemas "$work/schemas"
	cp tests/retail-sim/connectors/*.json "$work/schemas/connectors/"
	cp -r tests/retail-sim/mappings/* "$work/schemas/mappings/"
}

start_sim() {
	build/retail-sim --port 0 --for 3600 >"$work/sim.out" 2>"$work/sim.log" &
	sim_pid=$!
	local until=$((SECONDS + 20))
	until grep -q 'listening on' "$work/sim.out"; do
		[ "$SECONDS" -lt "$until" ] || fail "the simulator did not start"
		sleep 0.1
	done
	sim=http://127.0.0.1:$(sed -n 's/listening on //p' "$work/sim.out")
	seq 1 "$cases" | awk 'BEGIN { printf "{\"tickets\":[" }
		{ printf "%s{\"id\":\"T%d\"}", (NR > 1 ? "," : ""), $1 }
		END { print "]}" }' >"$work/tickets.json"
	run curl -sSf -X PUT -H 'Content-Type: application/json' \
		--data @"$work/tickets.json" "$sim/admin/seed"
}

# Calls of the desk fail from now on, so many times.
break_desk() {
	run curl -sSf -X PUT -H 'Content-Type: application/json' --data \
		'{"rules":[{"system":"desk","count":300,"effect":{"status":503}}]}' \
		"$sim/admin/faults"
}

mend_desk() {
	run curl -sSf -X DELETE "$sim/admin/faults"
}

start_others() {
	export SIM_URL=$sim SIM_SHOP_SECRET=sim-secret SIM_DESK_TOKEN=sim-token
	export FLOTILLA_PRIVATE_ADDRESSES=1
	local n=3 worker target
	for worker in inventory-sync:sim-shop case-enricher:sim-desk; do
		target=${worker#*:}
		worker=${worker%:*}
		ports[n]=$(free_port)
		FLOTILLA_HTTP_PORT=${ports[n]} FLOTILLA_TARGETS=$target \
			"build/$worker" 2>"$work/$worker.log" &
		workers+=($!)
		wait_for_port "${ports[n]}"
		n=$((n + 1))
	done
}

feed_stock() {
	local file=$work/stock_20261122.csv
	{
		echo 'ARTICLE;SITE;DESCRIPTION;QTY;RESERVED;INCOMING;SAFETY'
		seq 1 "$stock_rows" | awk '{
			printf "%d;HAM%d;thing %d;%d;%d;;\n", 20000 + int($1 / 2),
				$1 % 2, $1, ($1 * 7919) % 60, $1 % 3 }'
	} >"$file"
	run build/fleetctl feed "$work/schemas/feeds/legacy/inventory-csv.json" \
		"$file"
}

# About orders that are there, and some that are not.
feed_cases() {
	local numbers
	numbers=$(build/feed shopify --orders "$shopify_orders" \
		--distinct "$shopify_distinct" --partitions 4 --stdout 2>/dev/null |
		head -n "$cases" | grep -o '\\\?"name\\\?":\\\?"#[0-9]*' |
		grep -o '[0-9]*$')
	seq 1 "$cases" | paste -d' ' - <(echo "$numbers") | awk '
		BEGIN { print "[" }
		{ printf "%s{\"id\":\"T%d\",\"status\":\"open\",\"opened\":" \
			"\"2026-11-20T10:00:00Z\",\"updated\":\"2026-11-20T10:00:00Z\"," \
			"\"subject\":\"Where is my order #%s?\",\"email\":" \
			"\"c%d@example.org\"}\n", (NR > 1 ? "," : ""), $1,
			($2 ? $2 : "9999999"), $1 % 20 }
		END { print "]" }' >"$work/cases.json"
	run build/feed files --topic raw.sim-desk.case.v1 --each \
		--key-pointer /id "$work/cases.json"
}

# The desk is mended once the outage has been seen.
ride_out() {
	local until=$((SECONDS + 60))
	until [ "$(sql "SELECT count(*) FROM target WHERE name = 'sim-desk' AND failures > 5")" = 1 ]; do
		[ "$SECONDS" -lt "$until" ] || fail "the desk's outage was not noticed"
		sleep 0.2
	done
	echo "  the desk answers 503: $(sql "SELECT count(*) FROM delivery WHERE target = 'sim-desk' AND due_at IS NOT NULL") deliveries wait, its breaker is open; the lanes go on"
	mend_desk
	until [ "$(sql "SELECT count(*) FROM delivery WHERE due_at IS NOT NULL")" = 0 ]; do
		[ "$SECONDS" -lt "$until" ] || fail "not all deliveries were told"
		sleep 0.2
	done
	echo "  the desk is back: all have been told"
}

show_stock() {
	say "Stock"
	psql -Xq -P footer=off -c "SELECT state, count(*) AS skus, sum(available) AS available FROM stock GROUP BY state ORDER BY state"
	echo "  the shop was told of $(sql "SELECT count(*) FROM delivery WHERE target = 'sim-shop' AND told >= wanted") SKUs in $(sql "SELECT sum(sends) FROM delivery WHERE target = 'sim-shop'") calls"
}

show_cases() {
	say "What the desk shows of a case"
	curl -s -H 'Authorization: Bearer sim-token' "$sim/desk/tickets/T1" |
		grep -o '"summary":"[^"]*"' | head -1 |
		sed 's/^"summary":"//; s/"$//; s/\\n/\n/g' | sed 's/^/    /'
	psql -Xq -P footer=off -c "SELECT count(*) AS cases, count(order_id) AS with_order, sum(revision) AS enrichments, (SELECT sum(sends) FROM delivery WHERE target = 'sim-desk') AS calls_of_the_desk FROM enrichment WHERE case_id LIKE 'sim-desk/%'"
}
