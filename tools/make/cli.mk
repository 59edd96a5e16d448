# The command-line tool, for the host: every C file under tools/cli. tools/cli/cli.mk may add to CLI_CFLAGS and CLI_LIBS.

CLI_SOURCES := $(shell find tools/cli -name "*.c" 2>/dev/null | LC_ALL=C sort)
CLI_OBJECTS := $(patsubst %.c,$(HOST)/%.o,$(CLI_SOURCES))
CLI_CFLAGS  := -std=c11 -D_GNU_SOURCE -O2 -g -Itools/cli -I. $(WARNINGS) $(RELATIVE)
CLI_LIBS    :=
-include $(wildcard tools/cli/cli.mk)

$(HOST)/cli.flags: FORCE
	$(call keep-if-same,$(CLI_CFLAGS) $(CLI_LIBS) $(CLI_SOURCES) $(shell $(CC) -dumpfullversion))

$(CLI_OBJECTS): $(HOST)/%.o: %.c $(HOST)/cli.flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CLI_CFLAGS) -MD -MP -c $< -o $@

# It carries the boot code.
STUBS_OBJECT := $(HOST)/tools/cli/make_image/stubs.o
$(STUBS_OBJECT): $(BOOT_CODE)
$(STUBS_OBJECT): CLI_CFLAGS += -Wa,-I$(BOOT)

-include $(CLI_OBJECTS:.o=.d)

$(BIN)/coracle: $(CLI_OBJECTS)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -o $@ $(CLI_OBJECTS) $(CLI_LIBS)

.PHONY: cli
cli: $(if $(CLI_SOURCES),$(BIN)/coracle)
