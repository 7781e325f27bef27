/* bench.h - the parts of build/bench; bench.sh puts them together. */
#ifndef FLOTILLA_TESTS_BENCH_H
#define FLOTILLA_TESTS_BENCH_H

/* order-sync itself, which besides writes each statement that it sends to
 * PostgreSQL, with its parameters, to the file BENCH_TAPE. */
int bench_worker(int argc, char **argv);

/* Sends what a tape holds, as fast as PostgreSQL takes it: the ceiling of what
 * order-sync can reach, for it is the same SQL and the same bytes. */
int bench_ceiling(int argc, char **argv);

/* Orders at a steady rate; each carries the microsecond in which it was handed
 * to Kafka's client as its updated_at, and so as its row's version. */
int bench_latency(int argc, char **argv);

#endif
