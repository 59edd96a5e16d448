# Tests. Each kind prints "ok - ...", "not ok - ..." and "skip - ... # why" lines and keeps them in build/test/KIND.log;
# `make test` runs every kind, whatever fails, and ends with the sum. ONLY=NAME runs one test of a kind.

ONLY    ?=
SECONDS ?= 5

# ---- Unit: tests/unit/NAME.c with the sources that tests/unit/NAME.mk names, for the host, under sanitizers ----

UNIT_CFLAGS := -std=c11 -D_GNU_SOURCE -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
               -fno-sanitize-recover=undefined -Ilibos/include -Iplatform -I. -Itests/unit $(WARNINGS) -Wno-undef \
               $(XEN_CFLAGS)
UNIT_TESTS  := $(if $(ONLY),$(ONLY),$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c)))

$(HOST)/unit.flags: FORCE
	$(call keep-if-same,$(UNIT_CFLAGS) $(LWIP_REPLACED) $(shell $(CC) -dumpfullversion))

# Tests of the network need lwIP's headers, hence the order-only prerequisite.
# $(call host-program,KIND,NAME,COMPILER,FLAGS,LIBRARIES). A unit test and a fuzzer may have one name: what NAME.mk sets
# is kept under a name of the kind's own. Programs with the same flags share their objects, which lie in the directory
# of the first of them.
same = $(if $(subst x$(1),,x$(2))$(subst x$(2),,x$(1)),,yes)
define host-program
$(2)_SOURCES :=
$(2)_CFLAGS  :=
$(2)_LIBS    :=
-include tests/$(1)/$(2).mk
$(1)-$(2)-cflags  := $$($(2)_CFLAGS)
$(1)-$(2)-libs    := $$($(2)_LIBS)
$(1)-$(2)-owner   := $$(firstword $$(foreach o,$$($(1)-owners),$$(if $$(call same,$$($(1)-$$(o)-cflags),$$($(2)_CFLAGS)),$$(o))) $(2))
$(1)-$(2)-objects := $$(addprefix $(HOST)/$(1)/$$($(1)-$(2)-owner)/,$$(addsuffix .o,tests/$(1)/$(2).c $$($(2)_SOURCES)))
$(1)-objects      += $$($(1)-$(2)-objects)
$(HOST)/$(1)/$(2)/$(2): $$($(1)-$(2)-objects)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$(3) $(4) $$($(1)-$(2)-cflags) -o $$@ $$^ $$($(1)-$(2)-libs) $(5)
ifeq ($$($(1)-$(2)-owner),$(2))
$(1)-owners += $(2)
$(HOST)/$(1)/$(2)/%.o: % $(HOST)/$(1).flags $$(wildcard tests/$(1)/$(2).mk) | $(LWIP)/.unpacked $(XEN_HEADERS)/xen
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$(3) $(4) $$($(1)-$(2)-cflags) $$(call lwip-renamed,$$<) -MD -MP -c $$< -o $$@
endif
endef
# $(call host-programs,KIND,COMPILER,FLAGS,LIBRARIES): all of a kind, whichever are asked for, so that objects stay where
# they are.
define host-programs
$(foreach t,$(patsubst tests/$(1)/%.c,%,$(wildcard tests/$(1)/*.c)),$(eval $(call host-program,$(1),$(t),$(2),$(3),$(4))))
-include $$(patsubst %.o,%.d,$$(sort $$($(1)-objects)))
endef
$(eval $(call host-programs,unit,$(CC),$(UNIT_CFLAGS),-lcmocka))

UNIT_PROGRAMS := $(foreach t,$(UNIT_TESTS),$(HOST)/unit/$(t)/$(t))

.PHONY: test-unit unit-programs
unit-programs: $(UNIT_PROGRAMS)
test-unit: unit-programs
	@tests/unit/run $(BUILD)/test/unit.log $(UNIT_PROGRAMS)

# ---- Fuzz: tests/fuzz/NAME.c, a libFuzzer harness; what it finds is kept under build/fuzz ----

FUZZ        ?= $(ONLY)
FUZZ_CFLAGS := -std=c11 -D_GNU_SOURCE -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined \
               -fno-sanitize-recover=undefined -Ilibos/include -Iplatform -I. -Itests/fuzz -Itests/unit -w $(XEN_CFLAGS)
FUZZ_TESTS  := $(if $(FUZZ),$(FUZZ),$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))

$(HOST)/fuzz.flags: FORCE
	$(call keep-if-same,$(FUZZ_CFLAGS) $(LWIP_REPLACED) $(CLANG))

$(eval $(call host-programs,fuzz,$(CLANG),$(FUZZ_CFLAGS),))

FUZZ_PROGRAMS := $(foreach t,$(FUZZ_TESTS),$(HOST)/fuzz/$(t)/$(t))

.PHONY: test-fuzz fuzz
test-fuzz fuzz: $(FUZZ_PROGRAMS)
	@tests/fuzz/run $(BUILD)/test/fuzz.log $(SECONDS) $(FUZZ_PROGRAMS)

# ---- Guest: tests/guest/NAME/*.c (or what its app.mk says), an image each, booted as its `expect` says ----

GUEST_TESTS  := $(if $(ONLY),$(ONLY),$(patsubst tests/guest/%/expect,%,$(wildcard tests/guest/*/expect)))
GUEST_IMAGES := $(foreach t,$(GUEST_TESTS),$(TARGET)/guest/$(t)/$(t).elf)

# Whether one has to be built again is for application.mk to find out.
$(GUEST_IMAGES): $(TARGET)/guest/%.elf: FORCE sdk
	+@$(call application,tests/guest/$(*F)) OUT=$(TARGET)/guest

.PHONY: test-guest guest-images
guest-images: $(GUEST_IMAGES)
test-guest: guest-images cli
	@tests/guest/run --log $(BUILD)/test/guest.log $(GUEST_IMAGES)

# ---- System: the command-line tool, the applications, real clients, the build itself ----

.PHONY: test-system bench
test-system: sdk cli apps
	@tests/system/run --log $(BUILD)/test/system.log $(if $(ONLY),--only $(ONLY))

# ---- Xen: the same images on a real Xen, which QEMU emulates ----

.PHONY: test-xen
test-xen: sdk cli apps
	@tests/system/xen/run --log $(BUILD)/test/xen.log $(if $(ONLY),--only $(ONLY))

# ---- Everything ----

.PHONY: test
test:
	@tools/packages run test lint
	+@tests/all $(BUILD)/test '$(MAKE)' unit fuzz guest lint system xen

ROW ?=
bench:
	@tools/packages run bench
	+@$(MAKE) sdk cli apps
	@tests/bench/run $(ROW)

# BENCH="--rounds 5 --only tcg": options, docs/man/coracle-bench.1.
BENCH ?=
.PHONY: bench-boot
bench-boot:
	@tools/packages run bench
	+@$(MAKE) sdk cli apps
	@tests/bench/boot --output $(BUILD)/bench-boot $(BENCH)
