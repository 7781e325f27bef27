# Flotilla. `make help` lists what there is; `make` builds everything.
#
# Sources are found by their place: a new file, worker, schema or test needs no
# line here. Three flavours of the same sources, each in its own directory:
#
#   build/         what ships
#   build/asan/    with ASan and UBSan, for the unit tests and one fault test
#   build/crash/   as it ships, and with crash points that the fault tests use

SHELL := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules -j$(shell nproc)

CC := gcc
V ?= 0
Q := $(if $(filter 0,$(V)),@)
# with -j a line a step says what is going on
say = @printf '  %-5s %s\n' $(1) $(2)

WARN := -Wall -Wextra -Wconversion -Werror
CFLAGS_BASE := -std=c11 -g -D_GNU_SOURCE -fno-omit-frame-pointer $(WARN) \
	-Icommon -Iworkers -Ibuild/gen -isystem /usr/include/postgresql -MMD -MP
# a program loads at its start only the libraries that it calls
LDFLAGS := -Wl,--as-needed
LDLIBS := -lrdkafka -lpq -lyajl -lmicrohttpd -lcurl -lcrypto -lxxhash -lpthread -lm
ASAN := -fsanitize=address,undefined -fno-sanitize-recover=all

# What is there ------------------------------------------------------------

LIB_SRCS := $(wildcard common/*/*.c)
SCHEMAC_SRCS := $(wildcard common/model/schemac/*.c)
SCHEMAS := $(wildcard schemas/canonical/*.json)
WORKERS := $(sort $(patsubst workers/%/,%,$(dir $(wildcard workers/*/*.c))))
UNIT_SRCS := $(wildcard tests/unit/*.c)
INTEGRATION_SRCS := $(wildcard tests/integration/*.c)
BENCH_SRCS := $(wildcard tests/bench/*.c)
FEED_SRCS := $(wildcard tests/feed/*.c)
SIM_SRCS := $(wildcard tests/retail-sim/*.c)
SUPPORT_SRCS := $(wildcard tests/support/*.c)

BINARIES := $(addprefix build/,$(WORKERS)) $(if $(FEED_SRCS),build/feed) \
	$(if $(SIM_SRCS),build/retail-sim) $(if $(SCHEMAC_SRCS),build/schemac)
CRASH_BINARIES := $(addprefix build/crash/,$(WORKERS)) build/asan/order-sync
UNIT := $(if $(UNIT_SRCS),build/asan/unit-tests)
INTEGRATION := $(if $(INTEGRATION_SRCS),build/integration-tests)
BENCH := $(if $(BENCH_SRCS),build/bench)

# A file that went away changes no other: this list notices, and what was made
# of many files is made again.
ALL_FILES := $(LIB_SRCS) $(SCHEMAC_SRCS) $(SCHEMAS) $(wildcard workers/*/*.c) \
	$(UNIT_SRCS) $(INTEGRATION_SRCS) $(BENCH_SRCS) $(FEED_SRCS) $(SIM_SRCS) $(SUPPORT_SRCS)
FILES := build/.files

# Goals that compile nothing need none of this.
PLAIN_GOALS := help clean format deps broker up down status
COMPILES := $(filter-out $(PLAIN_GOALS),$(or $(MAKECMDGOALS),all))
ifneq ($(COMPILES),)
$(shell mkdir -p build; echo '$(ALL_FILES)' | cmp -s - $(FILES) || \
	echo '$(ALL_FILES)' >$(FILES))
endif

# The generated model ------------------------------------------------------

# Which files the generator writes is known only once it has run. Make reads
# GEN_SRCS from this file, builds it first when it is old, and starts over.
GEN_LIST := build/gen/.stamp
GEN_SRCS :=
ifneq ($(COMPILES),)
-include $(GEN_LIST)
endif

# Only what differs is replaced: a schema edit recompiles what depends on it.
$(GEN_LIST): $(if $(SCHEMAC_SRCS),build/schemac $(SCHEMAS)) $(FILES) | build/.deps-build
	$(Q)mkdir -p build/gen/model
ifneq ($(SCHEMAC_SRCS),)
	$(call say,GEN,"build/gen/model from schemas/canonical")
	$(Q)rm -rf build/gen.new && mkdir -p build/gen.new
	$(Q)build/schemac -o build/gen.new $(SCHEMAS)
	$(Q)for f in $$(ls build/gen/model); do \
		[ -e build/gen.new/$$f ] || rm -f build/gen/model/$$f; done
	$(Q)for f in $$(ls build/gen.new); do \
		cmp -s build/gen.new/$$f build/gen/model/$$f || \
			mv build/gen.new/$$f build/gen/model/; done
	$(Q)rm -rf build/gen.new
endif
	$(Q)echo "GEN_SRCS := $$(echo $$(ls build/gen/model/*.c 2>/dev/null))" >$@

# One flavour: $(1) its directory, $(2) its flags ----------------------------

define flavour
$(1)/obj/%.o: %.c Makefile | build/.deps-build
	$$(call say,CC,"$$@")
	$$(Q)mkdir -p $$(@D)
	$$(Q)$(CC) $$(CFLAGS_BASE) $$(CFLAGS_TREE) $(2) -c -o $$@ $$<

# the tests may use each other's support, and say so by its folder
$(1)/obj/tests/%.o: CFLAGS_TREE := -Itests

$(1)/libflotilla.a: $$(LIB_SRCS:%.c=$(1)/obj/%.o) $$(GEN_SRCS:%.c=$(1)/obj/%.o) $(FILES)
	$$(call archive)

# What workers are made of, but for their main: tests link what they call.
$(1)/libworkers.a: $$(patsubst %.c,$(1)/obj/%.o,$$(filter-out %/main.c,\
	$$(wildcard workers/*/*.c))) $(FILES)
	$$(call archive)

$(1)/libsupport.a: $$(SUPPORT_SRCS:%.c=$(1)/obj/%.o) $(FILES)
	$$(call archive)

-include $$(wildcard $(1)/obj/*/*/*.d $(1)/obj/*/*/*/*.d)
endef

define archive
$(call say,AR,"$@")
$(Q)mkdir -p $(@D)
$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)
endef

define link
$(call say,LD,"$@")
$(Q)mkdir -p $(@D)
$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LDLIBS) $(EXTRA_LIBS)
endef

$(eval $(call flavour,build,-O2))
$(eval $(call flavour,build/asan,-O1 $(ASAN)))
$(eval $(call flavour,build/crash,-O2 -DFLOTILLA_CRASH_POINTS))

define worker
build/$(1): $$(patsubst %.c,build/obj/%.o,$$(wildcard workers/$(1)/*.c)) \
	build/libflotilla.a
	$$(link)
build/crash/$(1): $$(patsubst %.c,build/crash/obj/%.o,$$(wildcard workers/$(1)/*.c)) \
	build/crash/libflotilla.a
	$$(link)
build/asan/$(1): $$(patsubst %.c,build/asan/obj/%.o,$$(wildcard workers/$(1)/*.c)) \
	build/asan/libflotilla.a
	$$(link)
build/asan/$(1): LDFLAGS += $(ASAN)
endef
$(foreach each,$(WORKERS),$(eval $(call worker,$(each))))

# The generator comes before the model: it links the two layers below it.
build/schemac: $(patsubst %.c,build/obj/%.o,$(SCHEMAC_SRCS) \
	$(wildcard common/base/*.c common/json/*.c)) $(FILES)
	$(link)
build/schemac: LDLIBS := -lyajl -lpthread -lm

build/feed: $(FEED_SRCS:%.c=build/obj/%.o) build/libsupport.a build/libflotilla.a
	$(link)

build/retail-sim: $(SIM_SRCS:%.c=build/obj/%.o) build/libflotilla.a
	$(link)
build/asan/retail-sim: $(SIM_SRCS:%.c=build/asan/obj/%.o) build/asan/libflotilla.a
	$(link)
build/asan/retail-sim: LDFLAGS += $(ASAN)

build/bench: $(BENCH_SRCS:%.c=build/obj/%.o) build/libsupport.a \
	build/libworkers.a build/libflotilla.a
	$(link)

# its tape listens to what a worker sends to PostgreSQL
build/bench: LDFLAGS += -Wl,--wrap=pg_send -Wl,--wrap=pg_group_end

CHECK_LIBS = $$(pkg-config --libs check)
build/integration-tests: $(INTEGRATION_SRCS:%.c=build/obj/%.o) \
	build/libsupport.a build/libworkers.a build/libflotilla.a
	$(link)
build/integration-tests: EXTRA_LIBS = $(CHECK_LIBS)

build/asan/unit-tests: $(UNIT_SRCS:%.c=build/asan/obj/%.o) \
	build/asan/libsupport.a build/asan/libworkers.a build/asan/libflotilla.a
	$(link)
build/asan/unit-tests: LDFLAGS += $(ASAN)
build/asan/unit-tests: EXTRA_LIBS = $(CHECK_LIBS)

$(UNIT_SRCS:%.c=build/asan/obj/%.o) $(INTEGRATION_SRCS:%.c=build/obj/%.o): \
	| build/.deps-check

# Dependencies ---------------------------------------------------------------

build/.deps-%: deploy/deps.sh
	$(Q)mkdir -p build
	$(Q)deploy/deps.sh $*
	$(Q)touch $@

# What people type -----------------------------------------------------------

.PHONY: all lib deps broker test unit integration check format demo bench clean \
	up down status help

all: build/.deps-build $(BINARIES) ## build the programs (the default)

lib: build/libflotilla.a ## compile common/ alone

deps: build/.deps-build build/.deps-check build/.deps-run ## install the Debian packages that are missing

broker: build/.deps-run ## fetch the Kafka broker's jars
	$(Q)deploy/kafka/fetch.sh build/kafka/libs
	$(Q)[ build/kafka/broker.jsa -nt build/kafka/libs/.pom ] || \
		tests/support/env/flotenv.sh archive kafka-archive

test: build/.deps-check all broker $(UNIT) $(INTEGRATION) $(CRASH_BINARIES) ## everything that must pass: check, unit, integration
	$(Q)tests/support/env/run-tests.sh check unit integration

unit: $(UNIT) ## unit tests with ASan and UBSan; no server, seconds
	$(Q)tests/support/env/run-tests.sh unit

integration: all broker $(INTEGRATION) $(CRASH_BINARIES) ## tests on a real broker and a real PostgreSQL
	$(Q)tests/support/env/run-tests.sh integration

check: build/.deps-check $(GEN_LIST) ## format, cppcheck, layers, sizes
	$(Q)tests/support/env/run-tests.sh check

format: build/.deps-check ## let clang-format rewrite the C files
	$(Q)tests/check-format.sh --fix

demo: all broker ## real orders through the fleet (KEEP=1 leaves it running)
	$(Q)KEEP=$(KEEP) tests/demo/demo.sh

bench: all broker $(BENCH) ## the figures of the README, measured here
	$(Q)tests/bench/bench.sh

up: broker ## start the environment NAME (default dev): Kafka, PostgreSQL
	$(Q)tests/support/env/flotenv.sh $(or $(NAME),dev) up
	$(Q)tests/support/env/flotenv.sh $(or $(NAME),dev) status

down: ## stop the environment NAME, keep its data
	$(Q)tests/support/env/flotenv.sh $(or $(NAME),dev) down

status: ## what runs, for each environment there is
	$(Q)for name in $$(tests/support/env/flotenv.sh list); do \
		echo "$$name:"; \
		tests/support/env/flotenv.sh $$name status || true; done

# Environments first: their servers would go on without their directories.
clean: ## stop every environment, remove build/ but for the broker's jars
	$(Q)for name in $$(tests/support/env/flotenv.sh list); do \
		tests/support/env/flotenv.sh $$name wipe; done
	$(Q)find build -mindepth 1 -maxdepth 1 ! -name kafka \
		-exec rm -rf {} + 2>/dev/null || true

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS=$$'\t' read -r name text; do \
			printf '  make %-12s %s\n' "$$name" "$$text"; done
