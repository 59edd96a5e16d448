# newlib and lwIP: fetched as pinned, unpacked, built.

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
	$(call keep-if-same,$(NEWLIB_CFLAGS) $(shell $(CC) -dumpfullversion) $(shell sha256sum <tools/sources/newlib))

$(NEWLIB)/.built: $(THIRD_PARTY)/newlib/.unpacked $(TARGET)/newlib.flags
	$(call say,BUILD,newlib: the C library (about a minute))
	$(Q)+tools/sources/newlib $(THIRD_PARTY)/newlib $(TARGET)/newlib-build $(NEWLIB) \
	        '$(NEWLIB_CFLAGS) $(RELATIVE)'
	@touch $@

# lwIP's core, both address families. Its configuration, lwipopts.h and arch/, is libos/net's. The linker drops what
# is not used.
LWIP         := $(THIRD_PARTY)/lwip
LWIP_CONFIG  := $(firstword $(wildcard libos/net/lwip/lwipopts.h libos/net/lwipopts.h))
LWIP_OBJ     := $(TARGET)/lwip
LWIP_INCLUDE := $(if $(LWIP_CONFIG),-I$(dir $(LWIP_CONFIG))) -isystem $(LWIP)/src/include
LWIP_CFLAGS  := $(filter-out -W%,$(LIBOS_CFLAGS)) $(LWIP_INCLUDE) -w

$(TARGET)/lwip.flags: FORCE
	$(call keep-if-same,$(LWIP_CFLAGS) $(shell $(CC) -dumpfullversion))

# The list of files is known only once lwIP is unpacked, so its archive is made by one recipe.
$(TARGET)/raw/liblwip.a: $(LWIP)/.unpacked $(TARGET)/lwip.flags $(LWIP_CONFIG) $(NEWLIB)/.built \
                         $(wildcard $(dir $(LWIP_CONFIG))arch/*.h)
	$(call say,BUILD,lwIP: the network stack)
	$(Q)rm -rf $(LWIP_OBJ) && mkdir -p $(LWIP_OBJ) $(@D)
	$(Q)for source in $(LWIP)/src/core/*.c $(LWIP)/src/core/ipv4/*.c $(LWIP)/src/core/ipv6/*.c \
	                  $(LWIP)/src/netif/ethernet.c; do \
	        $(CC) $(LWIP_CFLAGS) -c "$$source" -o "$(LWIP_OBJ)/lwip_$$(basename "$${source%.c}").o" || exit 1; \
	done
	$(Q)rm -f $@ && $(AR) rcs $@ $(LWIP_OBJ)/*.o
