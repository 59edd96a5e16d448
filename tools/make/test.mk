# Tests. Each kind prints "ok - ...", "not ok - ..." and "skip - ... # why" lines and keeps them in build/test/KIND.log;
# `make test` runs every kind, whatever fails, and ends with the sum. ONLY=NAME runs one test of a kind.

ONLY    ?=
SECONDS ?= 5
KINDS   := unit fuzz guest system

# ---- Unit: tests/unit/NAME.c with the sources that tests/unit/NAME.mk names, for the host, under sanitizers ----

UNIT_CFLAGS := -std=c11 -D_GNU_SOURCE -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
               -fno-sanitize-recover=undefined -Ilibos/include -Iplatform -I. -Itests/unit $(WARNINGS) -Wno-undef
UNIT_TESTS  := $(if $(ONLY),$(ONLY),$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c)))

$(HOST)/unit.flags: FORCE
	$(call keep-if-same,$(UNIT_CFLAGS) $(shell $(CC) -dumpfullversion))

# $(call host-program,KIND,NAME,COMPILER,FLAGS,LIBRARIES)
define host-program
-include tests/$(1)/$(2).mk
$(HOST)/$(1)/$(2)/$(2): $$(addprefix $(HOST)/$(1)/$(2)/,$$(addsuffix .o,tests/$(1)/$(2).c $$($(2)_SOURCES)))
	$$(call say,LD,$$@)
	$$(Q)$(3) $(4) $$($(2)_CFLAGS) -o $$@ $$^ $$($(2)_LIBS) $(5)
$(HOST)/$(1)/$(2)/%.o: % $(HOST)/$(1).flags $$(wildcard tests/$(1)/$(2).mk)
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$(3) $(4) $$($(2)_CFLAGS) -MD -MP -c $$< -o $$@
-include $$(patsubst %,$(HOST)/$(1)/$(2)/%.d,tests/$(1)/$(2) $$(basename $$($(2)_SOURCES)))
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call host-program,unit,$(t),$(CC),$(UNIT_CFLAGS),-lcmocka)))

UNIT_PROGRAMS := $(foreach t,$(UNIT_TESTS),$(HOST)/unit/$(t)/$(t))

.PHONY: test-unit unit-programs
unit-programs: $(UNIT_PROGRAMS)
test-unit: unit-programs
	@tests/unit/run $(BUILD)/test/unit.log $(UNIT_PROGRAMS)

# ---- Fuzz: tests/fuzz/NAME.c, a libFuzzer harness; what it finds is kept under build/fuzz ----

FUZZ        ?= $(ONLY)
FUZZ_CFLAGS := -std=c11 -D_GNU_SOURCE -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined \
               -fno-sanitize-recover=undefined -Ilibos/include -Iplatform -I. -Itests/fuzz -Itests/unit -w
FUZZ_TESTS  := $(if $(FUZZ),$(FUZZ),$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))

$(HOST)/fuzz.flags: FORCE
	$(call keep-if-same,$(FUZZ_CFLAGS) $(CLANG))

$(foreach t,$(FUZZ_TESTS),$(eval $(call host-program,fuzz,$(t),$(CLANG),$(FUZZ_CFLAGS),)))

FUZZ_PROGRAMS := $(foreach t,$(FUZZ_TESTS),$(HOST)/fuzz/$(t)/$(t))

.PHONY: test-fuzz fuzz
test-fuzz fuzz: $(FUZZ_PROGRAMS)
	@tests/fuzz/run $(BUILD)/test/fuzz.log $(SECONDS) $(FUZZ_PROGRAMS)
