# The sysroot: what coracle-cc compiles and links against. build/x86_64/sysroot holds include/ and lib/.

# Headers of <coracle/*.h> that applications may use; the others are between rooms of the library OS.
PUBLIC_HEADERS := instance.h stats.h

POSIX_HEADERS  := $(shell find libos/include/posix -name '*.h' 2>/dev/null | LC_ALL=C sort)
PUBLIC_PRESENT := $(wildcard $(addprefix libos/include/coracle/,$(PUBLIC_HEADERS)))

# Ours in include/, which may include_next newlib's in newlib/include/. Files keep their times, so that a program is
# compiled again only when a header that it includes has changed.
$(SYSROOT)/.headers: $(NEWLIB)/.built $(POSIX_HEADERS) $(PUBLIC_PRESENT) $(TARGET)/libos.flags tools/make/sdk.mk
	$(call say,COPY,$(SYSROOT)/include)
	@mkdir -p $(SYSROOT)/newlib
	$(Q)rm -rf $(SYSROOT)/include $(SYSROOT)/newlib/include
	$(Q)cp -a $(NEWLIB)/include $(SYSROOT)/newlib/include
	$(Q)if [ -d libos/include/posix ]; then cp -a libos/include/posix $(SYSROOT)/include; fi
	$(Q)mkdir -p $(SYSROOT)/include/coracle && cp -a $(PUBLIC_PRESENT) $(SYSROOT)/include/coracle/
	@touch $@

$(SYSROOT)/lib/image.ld: linker/image.ld
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(SYSROOT)/lib/members.awk: linker/members.awk
	@mkdir -p $(@D)
	$(Q)cp $< $@

# -linstance: a linker script that names what instance data starts with (libos/instance/start.c).
$(SYSROOT)/lib/libinstance.a: tools/make/sdk.mk
	@mkdir -p $(@D)
	@echo 'EXTERN(coracle_instance)' >$@

# For messages of coracle-cc about names that a program cannot have.
$(SYSROOT)/lib/hidden.names: $(TARGET)/hidden.map
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(SYSROOT)/lib/nucleus.names: $(NUCLEUS_OBJECTS)
	@mkdir -p $(@D)
	$(Q)$(NM) --defined-only --extern-only --format=posix $^ | awk 'NF >= 2 { print $$1 }' >$@

$(SYSROOT)/lib/coracle.specs: tools/coracle-cc/coracle.specs
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(BIN)/coracle-cc: tools/coracle-cc/coracle-cc
	@mkdir -p $(@D)
	$(Q)cp $< $@

SDK := $(SYSROOT)/.headers $(SYSROOT)/lib/image.ld $(SYSROOT)/lib/coracle.specs $(SYSROOT)/lib/members.awk \
       $(SYSROOT)/lib/hidden.names $(SYSROOT)/lib/nucleus.names $(SYSROOT)/lib/nucleus.o \
       $(patsubst %,$(SYSROOT)/lib/lib%.a,coracle lwip coracle-yaml c m instance) $(EMPTY_LIBRARIES) $(BIN)/coracle-cc

.PHONY: sdk libs newlib
sdk: $(SDK)
libs: $(SYSROOT)/lib/libcoracle.a
newlib: $(NEWLIB)/.built
