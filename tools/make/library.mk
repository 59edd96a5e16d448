# The library OS and the platform's ring-3 part as one archive, the nucleus as one object, and the archives of the
# sysroot with their internal names hidden.

OBJ := $(TARGET)/obj

NUCLEUS_SOURCES := $(wildcard platform/$(ARCH)/nucleus/*.c platform/$(ARCH)/nucleus/*.S)
LIBOS_SOURCES   := $(shell find libos platform '(' -path 'platform/*/nucleus' -o -path 'platform/*/boot' ')' -prune -o -name '*.[cS]' -print | LC_ALL=C sort)

# libos/net/socket.c becomes the member libos_net_socket.o, and x.S x_asm.o: one name for each file, and it says where it
# came from.
object-name     = $(patsubst %.S,%_asm.o,$(patsubst %.c,%.o,$(subst /,_,$(1))))
member          = $(OBJ)/$(call object-name,$(1))
LIBOS_OBJECTS   := $(foreach s,$(LIBOS_SOURCES),$(call member,$(s)))

# newlib's own regular expressions and file-name patterns, which it builds for some systems only.
NEWLIB_POSIX  := collate collcmp fnmatch ftw glob nftw regcomp regerror regexec regfree
LIBOS_OBJECTS += $(NEWLIB_POSIX:%=$(OBJ)/newlib_posix_%.o)

NUCLEUS_OBJECTS := $(TARGET)/nucleus/nucleus.o $(TARGET)/nucleus/entry_asm.o

# A header that comes to hide another one changes no dependency file, hence the names of those that may.
$(TARGET)/libos.flags: FORCE
	$(call keep-if-same,$(LIBOS_CFLAGS) $(FAST) $(UNALIGNED) $(SMALL) $(FAST_ROOMS) $(FAST_FILES) $(LWIP_INCLUDE) $(shell $(CC) -dumpfullversion) \
	                    $(shell find libos/include/posix -name '*.h' 2>/dev/null | LC_ALL=C sort))

$(TARGET)/nucleus.flags: FORCE
	$(call keep-if-same,$(NUCLEUS_CFLAGS) $(NUCLEUS_SOURCES) $(shell $(CC) -dumpfullversion))

define libos-object
$(call member,$(1)): $(1) $(TARGET)/libos.flags $(NEWLIB)/.built $(if $(filter libos/net/% libos/instance/metadata/%,$(1)),$(LWIP)/.unpacked) $(if $(filter libos/instance/cloud/%,$(1)),$(LIBYAML)/.unpacked) | $(XEN_HEADERS)/xen
	$$(call say,CC,$(1))
	@mkdir -p $$(@D)
	$$(Q)$(CC) $(LIBOS_CFLAGS) $(call optimisation,$(1)) $(if $(filter libos/net/% libos/instance/metadata/%,$(1)),$(LWIP_INCLUDE)) $(if $(filter libos/instance/cloud/%,$(1)),$(LIBYAML_INCLUDE)) -MD -MP -c $(1) -o $$@
endef
$(foreach s,$(LIBOS_SOURCES),$(eval $(call libos-object,$(s))))

$(OBJ)/newlib_posix_%.o: $(TARGET)/libos.flags $(NEWLIB)/.built
	$(call say,CC,newlib: posix/$*.c)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(GUEST_CFLAGS) $(SMALL) $(RELATIVE) -w -D_GNU_SOURCE -U__linux__ -nostdinc \
	        -isystem libos/include/posix -isystem $(NEWLIB)/include -isystem $(GCC_INCLUDE) \
	        -c $(THIRD_PARTY)/newlib/newlib/libc/posix/$*.c -o $@

# The nucleus's C files are compiled as one, so that what is called from one place is part of its caller. Only these are
# called from outside, by entry.S.
NUCLEUS_ENTRIES := boot exception gate interrupt

$(TARGET)/nucleus/nucleus.c: $(TARGET)/nucleus.flags tools/make/library.mk
	@mkdir -p $(@D)
	@printf '#include "%s"\n' nucleus.h $(notdir $(filter %.c,$(NUCLEUS_SOURCES))) >$@
	@printf 'extern __typeof__(%s) %s __attribute__((externally_visible));\n' $(foreach e,$(NUCLEUS_ENTRIES),$(e) $(e)) >>$@

$(TARGET)/nucleus/nucleus.o: $(TARGET)/nucleus/nucleus.c
	$(call say,CC,platform/$(ARCH)/nucleus/*.c)
	$(Q)$(CC) $(NUCLEUS_CFLAGS) -fwhole-program -MD -MP -c $< -o $@

$(TARGET)/nucleus/%_asm.o: platform/$(ARCH)/nucleus/%.S $(TARGET)/nucleus.flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(NUCLEUS_CFLAGS) -MD -MP -c $< -o $@

-include $(wildcard $(OBJ)/*.d $(TARGET)/nucleus/*.d)

# ---- The nucleus: one object that shows nothing but its entry, in sections of its own (linker/image.ld) ----

$(SYSROOT)/lib/nucleus.o: $(NUCLEUS_OBJECTS)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LD) -r -o $@.tmp $(NUCLEUS_OBJECTS)
	$(Q)$(OBJCOPY) --prefix-alloc-sections=.nucleus --keep-global-symbol=_start $@.tmp
	$(Q)! $(NM) -u $@.tmp | grep -Ev ' (image_|nucleus_)|coracle_(start|upcall|crash)$$' # calls a function that is not ring 0's own
	$(Q)$(OBJCOPY) --rename-section .nucleus.note.Xen=.note.Xen $@.tmp $@ && rm $@.tmp

# ---- The archives ----

$(OBJ)/members: FORCE
	$(call keep-if-same,$(LIBOS_OBJECTS))

$(TARGET)/raw/libcoracle.a: $(LIBOS_OBJECTS) $(OBJ)/members
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIBOS_OBJECTS)

RAW := $(TARGET)/raw/libcoracle.a $(TARGET)/raw/liblwip.a $(TARGET)/raw/libcoracle-yaml.a

# What stays visible: linker/exports.d. The rest becomes __coracle_NAME, so that an application may use the name.
$(TARGET)/exports: $(wildcard linker/exports.d/*.txt) linker/exports.d
	@mkdir -p $(@D)
	@sed -e 's/#.*//' -e 's/[[:space:]]//g' $(filter %.txt,$^) | LC_ALL=C sort -u | sed '/^$$/d' >$@

$(TARGET)/.hidden: $(RAW) $(TARGET)/exports linker/hide
	$(Q)NM=$(NM) linker/hide $(TARGET)/exports $(TARGET)/hidden.map $(TARGET)/visible.list $(RAW)
	@touch $@
$(TARGET)/hidden.map $(TARGET)/visible.list: $(TARGET)/.hidden
	@:

$(SYSROOT)/lib/lib%.a: $(TARGET)/raw/lib%.a $(TARGET)/hidden.map
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)$(OBJCOPY) --redefine-syms=$(TARGET)/hidden.map $< $@

# Where both newlib and we define a name, ours is the one: newlib's becomes local to its member.
$(SYSROOT)/lib/libc.a: $(NEWLIB)/.built $(TARGET)/visible.list
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)$(OBJCOPY) --localize-symbols=$(TARGET)/visible.list $(NEWLIB)/lib/libc.a $@

$(SYSROOT)/lib/libm.a: $(NEWLIB)/.built
	@mkdir -p $(@D)
	$(Q)cp $(NEWLIB)/lib/libm.a $@

# Programs ask for these by habit; what they would hold is in libcoracle.a.
EMPTY_LIBRARIES := $(patsubst %,$(SYSROOT)/lib/lib%.a,pthread rt dl util resolv crypt)
$(EMPTY_LIBRARIES):
	@mkdir -p $(@D)
	$(Q)$(AR) rcs $@
