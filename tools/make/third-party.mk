# newlib, lwIP and libyaml: fetched as pinned, unpacked, built. Xen's headers: as they are installed.

PINS        := tools/sources/pins
THIRD_PARTY := $(BUILD)/third-party
NEWLIB      := $(TARGET)/newlib

# One file for each source, which changes when its pin does.
$(BUILD)/pins/%: FORCE
	@mkdir -p $(@D); awk '$$1 == "$*"' $(PINS) | cmp -s - $@ || awk '$$1 == "$*"' $(PINS) >$@

$(THIRD_PARTY)/%/.unpacked: $(BUILD)/pins/%
	$(call say,GET,$* $(shell awk '$$1 == "$*" { print $$4 }' $(PINS)))
	$(Q)tools/sources/fetch $* $(THIRD_PARTY)/$*
	@touch $@

NEWLIB_CFLAGS := $(GUEST_CFLAGS)

# The script by its content, not its time: a switch of branches must not cost a minute.
$(TARGET)/newlib.flags: FORCE
	$(call keep-if-same,$(NEWLIB_CFLAGS) $(FAST) $(SMALL) $(shell $(CC) -dumpfullversion) $(shell sha256sum <tools/sources/newlib))

$(NEWLIB)/.built: $(THIRD_PARTY)/newlib/.unpacked $(TARGET)/newlib.flags
	$(call say,BUILD,newlib: the C library (about a minute))
	$(Q)tools/sources/newlib $(THIRD_PARTY)/newlib $(TARGET)/newlib-build $(NEWLIB) \
	        '$(NEWLIB_CFLAGS) $(RELATIVE)' '$(FAST)' '$(SMALL)'
	@touch $@

$(XEN_HEADERS)/xen:
	@test -e /usr/include/xen/xen.h || { echo 'Xen headers are missing: install libxen-dev (tools/packages run)' >&2; exit 1; }
	@mkdir -p $(@D) && ln -sfn /usr/include/xen $@

# lwIP: tools/make/lwip.mk says which files, and where libos/net keeps its configuration. The linker drops what is
# not used.
include tools/make/lwip.mk
LWIP         := $(THIRD_PARTY)/lwip
LWIP_OBJ     := $(TARGET)/lwip
LWIP_INCLUDE := $(LWIP_PORT_INCLUDES) -isystem $(LWIP)/src/include
LWIP_CFLAGS  := $(filter-out -W%,$(LIBOS_CFLAGS)) $(FAST) $(LWIP_INCLUDE) -w
LWIP_OBJECTS := $(patsubst %.c,$(LWIP_OBJ)/%.o,$(subst /,_,$(LWIP_SOURCES)))

$(TARGET)/lwip.flags: FORCE
	$(call keep-if-same,$(LWIP_CFLAGS) $(LWIP_REPLACED) $(shell $(CC) -dumpfullversion))

define lwip-object
$(LWIP_OBJ)/$(subst /,_,$(basename $(1))).o: $(LWIP)/.unpacked $(TARGET)/lwip.flags $(NEWLIB)/.built
	$$(call say,CC,lwip: $(1))
	@mkdir -p $$(@D)
	$$(Q)$(CC) $(LWIP_CFLAGS) $(call lwip-renamed,$(LWIP)/src/$(1)) -MD -MP -c $(LWIP)/src/$(1) -o $$@
endef
$(foreach s,$(LWIP_SOURCES),$(eval $(call lwip-object,$(s))))
-include $(wildcard $(LWIP_OBJ)/*.d)

$(LWIP_OBJ)/members: FORCE
	$(call keep-if-same,$(LWIP_OBJECTS))

$(TARGET)/raw/liblwip.a: $(LWIP_OBJECTS) $(LWIP_OBJ)/members
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LWIP_OBJECTS)

# libyaml, for instance data (tools/make/libyaml.mk).
include tools/make/libyaml.mk
LIBYAML_OBJ     := $(TARGET)/libyaml
LIBYAML_CFLAGS  := $(filter-out -W%,$(LIBOS_CFLAGS)) $(SMALL) $(LIBYAML_INCLUDE) $(LIBYAML_DEFINES) -w
LIBYAML_OBJECTS := $(LIBYAML_SOURCES:%.c=$(LIBYAML_OBJ)/%.o)

$(TARGET)/libyaml.flags: FORCE
	$(call keep-if-same,$(subst ',,$(LIBYAML_CFLAGS)) $(LIBYAML_SOURCES) $(shell $(CC) -dumpfullversion))

$(LIBYAML_OBJECTS): $(LIBYAML_OBJ)/%.o: $(LIBYAML)/.unpacked $(TARGET)/libyaml.flags $(NEWLIB)/.built
	$(call say,CC,libyaml: $*.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LIBYAML_CFLAGS) -c $(LIBYAML)/src/$*.c -o $@

$(TARGET)/raw/libcoracle-yaml.a: $(LIBYAML_OBJECTS)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIBYAML_OBJECTS)
