# make lint: layout, clang-tidy, cppcheck, shellcheck, and the sizes that the project holds itself to. A file that was
# clean is looked at again only when it, a header or a setting has changed.

LINT        := $(BUILD)/lint
LINT_ROOMS  := $(wildcard libos platform apps tools tests)
LINT_C      := $(shell find $(LINT_ROOMS) -name '*.c' | LC_ALL=C sort)
LINT_H      := $(shell find $(LINT_ROOMS) -name '*.h' | LC_ALL=C sort)
LINT_SHELL  := $(shell find $(LINT_ROOMS) linker .ci -type f -perm -u+x \
                 -exec sh -c 'head -n 1 "$$1" | grep -q "^\#!/bin/\(ba\)\{0,1\}sh"' sh '{}' ';' -print | LC_ALL=C sort)
TIDY        := $(firstword $(foreach c,clang-tidy-14 clang-tidy,$(shell command -v $(c))) clang-tidy-14)
FORMAT      := $(firstword $(foreach c,clang-format-14 clang-format,$(shell command -v $(c))) clang-format-14)

# clang sees the flags of each room's compiler, with its own <stdatomic.h> and the like, and without those that only gcc
# knows.
CLANG_INCLUDE = $(shell $(CLANG) -print-resource-dir)/include
for-clang     = $(subst $(GCC_INCLUDE),$(CLANG_INCLUDE),$(filter-out -Werror -fno-tree% --param% -fsanitize=% -fno-sanitize% \
                  $(RELATIVE),$(1)))
lint-flags   = $(call for-clang,$(if $(filter platform/$(ARCH)/nucleus/%,$(1)),$(NUCLEUS_CFLAGS),$(if \
                 $(filter $(BOOT_DIR)/%,$(1)),$(BOOT_CFLAGS) $(call BOOT_BITS,$(notdir $(1))),$(if \
                 $(filter libos/% platform/%,$(1)),$(LIBOS_CFLAGS) $(LWIP_INCLUDE) $(LIBYAML_INCLUDE),$(if \
                 $(filter tools/%,$(1)),$(CLI_CFLAGS),$(if \
                 $(filter tests/unit/%,$(1)),$(UNIT_CFLAGS) $(LWIP_INCLUDE) $(unit-$(basename $(notdir $(1)))-cflags),$(if \
                 $(filter tests/fuzz/%,$(1)),$(FUZZ_CFLAGS) $(LWIP_INCLUDE) $(fuzz-$(basename $(notdir $(1)))-cflags),$(if \
                 $(filter tests/bench/%,$(1)),-std=gnu11 -D_GNU_SOURCE $(QEMU_PLUGIN_INCLUDE),$(GUEST_LINT)))))))))
GUEST_LINT  := -std=gnu11 -D__coracle__=1 -U__linux__ -nostdinc -isystem $(SYSROOT)/include \
               -isystem $(SYSROOT)/newlib/include -isystem $(GCC_INCLUDE)

.PHONY: lint lint-layout lint-tidy lint-cppcheck lint-shell lint-sizes test-lint
lint:
	@tools/packages run lint
	+@$(MAKE) -k $(LINTS)
LINTS := lint-layout lint-tidy lint-cppcheck lint-shell lint-sizes

lint-layout:
	$(Q)$(FORMAT) --dry-run -Werror $(LINT_C) $(LINT_H)

# Benchmarks of peers need headers that are not always there, and guest tests do what must not be done: the compiler's
# warnings are enough for them. What a unit test allocates and assumes is the test's matter, so no analyzer there.
ANALYSED := $(filter-out tests/bench/% tests/guest/% tests/system/%,$(LINT_C))
TIDIED   := $(patsubst %,$(LINT)/%.tidy,$(ANALYSED))
lint-tidy: $(TIDIED)
$(TIDIED): $(LINT)/%.tidy: % .clang-tidy $(LINT_H) $(SYSROOT)/.headers $(LWIP)/.unpacked $(LIBYAML)/.unpacked $(XEN_HEADERS)/xen tools/make/lint.mk
	$(call say,TIDY,$<)
	@mkdir -p $(@D)
	$(Q)$(TIDY) --quiet --warnings-as-errors='*' $(if $(filter tests/%,$<),--checks=-clang-analyzer-*) $< -- $(call lint-flags,$<) >$@.log 2>/dev/null || \
	        { cat $@.log; exit 1; }
	@touch $@

CPPCHECK_FLAGS := --std=c11 --enable=warning,performance,portability --inline-suppr --quiet --error-exitcode=1 \
                  --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=checkersReport --suppress=comparePointers --suppress=va_end_missing \
                  -D__x86_64__ -D__GNUC__=12 -D__coracle__ --max-configs=4 --library=tools/make/cppcheck.cfg
lint-cppcheck: $(LINT)/cppcheck.ok
CPPCHECKED := $(filter-out tests/unit/%,$(ANALYSED))
$(LINT)/cppcheck.ok: $(CPPCHECKED) $(LINT_H) tools/make/lint.mk tools/make/cppcheck.cfg
	$(call say,CPPCHECK,$(words $(CPPCHECKED)) files)
	@mkdir -p $(LINT)/cppcheck
	$(Q)cppcheck $(CPPCHECK_FLAGS) -j$$(nproc) --cppcheck-build-dir=$(LINT)/cppcheck -Ilibos/include -Iplatform -I. \
	        -Itools/cli $(CPPCHECKED)
	@touch $@

lint-shell:
	$(Q)shellcheck $(LINT_SHELL)

# A file is under 600 lines; ring 0 is at most 2,000 lines; libos sees the machine through at most 25 functions.
lint-sizes:
	$(Q)wc -l $(LINT_C) $(LINT_H) $(LINT_SHELL) $(shell find $(LINT_ROOMS) -name '*.py' -o -name '*.S') | \
	        awk '$$2 != "total" && $$1 >= 600 { print $$2 ": " $$1 " lines; a file is under 600"; bad = 1 } \
	             END { exit bad }'
	$(Q)cat platform/$(ARCH)/nucleus/* | wc -l | \
	        awk '$$1 > 2000 { print "the nucleus has " $$1 " lines; 2000 is the limit"; exit 1 }'

# Lint as a kind of test: one line for each tool.
test-lint:
	@mkdir -p $(BUILD)/test; : >$(BUILD)/test/lint.log
	+@for part in $(LINTS); do \
	        if $(MAKE) -k $$part; then echo "ok - $$part"; else echo "not ok - $$part"; fi | \
	                tee -a $(BUILD)/test/lint.log.all; \
	        tail -n 1 $(BUILD)/test/lint.log.all >>$(BUILD)/test/lint.log; rm $(BUILD)/test/lint.log.all; \
	done; ! grep -q '^not ok' $(BUILD)/test/lint.log
