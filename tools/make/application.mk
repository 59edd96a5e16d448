# Builds one application with coracle-cc; a makefile of its own, used by the Makefile and, installed, by programs
# outside the tree:
#
#   make -f application.mk DIR=directory [OUT=build] [CORACLE_CC=coracle-cc] [CORACLE=coracle] [all|run]
#
# app.mk in that directory may set:
#   NAME         the program's name (else the directory's): the image is OUT/NAME/NAME.elf
#   SOURCES      C and assembly files, relative to DIR; every *.c in DIR when not set
#   FILES        a directory, relative to DIR, which the image carries as its read-only file tree
#   CFLAGS       more options for the compiler, LIBS for the linker (after the objects)
#   RUN_OPTIONS  options of `coracle run` that `make run` uses

.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-builtin-variables

THIS       := $(dir $(lastword $(MAKEFILE_LIST)))
DIR        ?= .
OUT        ?= build
CORACLE_CC ?= coracle-cc
CORACLE    ?= coracle
PACK       ?= $(THIS)pack
SDK_FILES  ?=

all:

NAME        :=
SOURCES     :=
FILES       :=
CFLAGS      :=
LIBS        :=
RUN_OPTIONS :=
-include $(DIR)/app.mk
NAME    := $(or $(strip $(NAME)),$(notdir $(abspath $(DIR))))
SOURCES := $(or $(strip $(SOURCES)),$(notdir $(wildcard $(DIR)/*.c)))

HERE    := $(OUT)/$(NAME)
IMAGE   := $(HERE)/$(NAME).elf
OBJECTS := $(patsubst %,$(HERE)/%.o,$(basename $(subst ../,up/,$(SOURCES))))

ifeq ($(V),1)
Q   :=
say  = @:
else
Q   := @
say  = @printf '  %-8s %s\n' '$(1)' '$(2)'
endif

APP_CFLAGS := -O2 -g -Wall -Wextra -I$(DIR) -ffile-prefix-map=$(CURDIR)=. $(CFLAGS)

.PHONY: all run FORCE
all: $(IMAGE)
FORCE:

# Rewritten only when what it holds has changed: then everything is built again.
$(HERE)/flags: FORCE
	@mkdir -p $(@D); printf '%s\n' '$(abspath $(DIR)) $(subst ','\'',$(APP_CFLAGS) $(SOURCES))' | cmp -s - $@ || \
	 printf '%s\n' '$(abspath $(DIR)) $(subst ','\'',$(APP_CFLAGS) $(SOURCES))' >$@
$(HERE)/link-flags: FORCE
	@mkdir -p $(@D); printf '%s\n' '$(OBJECTS) $(FILES) $(LIBS)' | cmp -s - $@ || \
	 printf '%s\n' '$(OBJECTS) $(FILES) $(LIBS)' >$@

define object
$(HERE)/$(basename $(subst ../,up/,$(1))).o: $(DIR)/$(1) $(HERE)/flags
	$$(call say,CC,$(DIR)/$(1))
	@mkdir -p $$(@D)
	$$(Q)$(CORACLE_CC) $(APP_CFLAGS) -MD -MP -c $$< -o $$@
endef
$(foreach s,$(SOURCES),$(eval $(call object,$(s))))
-include $(OBJECTS:.o=.d)

ifneq ($(strip $(FILES)),)
CARRIED := $(HERE)/carried.files.o
$(HERE)/carried.files.S: $(DIR)/$(FILES) $(PACK) $(HERE)/link-flags
	$(call say,PACK,$(DIR)/$(FILES))
	@mkdir -p $(@D)
	$(Q)$(PACK) $(DIR)/$(FILES) $@ $(HERE)/carried.files.d
-include $(wildcard $(HERE)/carried.files.d)
$(CARRIED): $(HERE)/carried.files.S
	$(Q)$(CORACLE_CC) -c $< -o $@
endif

$(IMAGE): $(OBJECTS) $(CARRIED) $(HERE)/link-flags $(SDK_FILES)
	$(call say,LINK,$@)
	$(Q)$(CORACLE_CC) -o $@ $(OBJECTS) $(CARRIED) $(LIBS)

run: $(IMAGE)
	@exec $(CORACLE) run $(RUN_OPTIONS) $(OPTIONS) $(IMAGE) $(if $(ARGS),-- $(ARGS))
