# Where things are and how they are compiled. Everything the build makes is under build/.

ARCH    := x86_64
BUILD   := build
TARGET  := $(BUILD)/$(ARCH)
SYSROOT := $(TARGET)/sysroot
HOST    := $(BUILD)/host
BIN     := $(BUILD)/bin

CC      := gcc
AR      := ar
LD      := ld
NM      := nm
OBJCOPY := objcopy
CLANG   := $(firstword $(foreach c,clang-14 clang,$(if $(shell command -v $(c)),$(c))) clang-14)

# V=1 shows each command; otherwise each step is one line.
ifeq ($(V),1)
Q   :=
say  = @:
else
Q   := @
say  = @printf '  %-8s %s\n' '$(1)' '$(2)'
endif

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes -Wundef -Werror

# The same object files whatever the directory of the checkout: debug information names files relative to it.
RELATIVE := -ffile-prefix-map=$(CURDIR)=.

# What every object of a guest needs, the C library's and the application's included. Local-exec: there is one
# module, so a thread-local variable is a constant distance from FS.
GUEST_CFLAGS := -g -fPIE -fno-omit-frame-pointer -fstack-protector-strong -ftls-model=local-exec \
                -fcf-protection=none -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables

# What runs for each packet, switch or event is compiled for speed, the rest for size: an image is small because most of
# what it carries runs once.
FAST       := -O2
# Loops stay aligned; the rest would be mostly padding.
UNALIGNED  := -fno-align-functions -fno-align-jumps
SMALL      := -Oz
# The nucleus and the boot stub, which every boot runs once: -Oz loads a small number with a push and a pop, and an
# emulator takes eight times as long to translate two memory accesses as one move.
ONCE       := -Os
FAST_ROOMS := libos/net libos/sched libos/posix/wait platform/virtio
FAST_FILES := platform/xen/share/ring.c platform/xen/share/grant.c platform/xen/net/receive.c platform/xen/net/transmit.c
optimisation = $(if $(filter $(addsuffix /%,$(FAST_ROOMS)) $(FAST_FILES),$(1)),$(FAST) $(UNALIGNED),$(SMALL))

# Xen's public headers, from Debian's libxen-dev: a directory with nothing else of the host in it (third-party.mk).
XEN_HEADERS := $(BUILD)/xen-headers
XEN_CFLAGS  := -isystem $(XEN_HEADERS) -D__XEN_INTERFACE_VERSION__=__XEN_LATEST_INTERFACE_VERSION__

# Ring 3: the library OS and the platform.
GCC_INCLUDE  := $(shell $(CC) -print-file-name=include)
LIBOS_CFLAGS := -std=c11 $(GUEST_CFLAGS) -ffreestanding $(WARNINGS) $(RELATIVE) -D__coracle__=1 -D_GNU_SOURCE -U__linux__ -U__linux \
                -U__gnu_linux__ -nostdinc -Ilibos/include -Iplatform -I. \
                -isystem libos/include/posix -isystem $(TARGET)/newlib/include -isystem $(GCC_INCLUDE) $(XEN_CFLAGS)

# Ring 0: plain integer code (design section 3), no stack protector, and no red zone, which an interrupt would
# overwrite.
NUCLEUS_CFLAGS := -std=c11 $(ONCE) -g -fPIE -fvisibility=hidden -fomit-frame-pointer -fno-stack-protector \
                  -fcf-protection=none -fno-asynchronous-unwind-tables -mgeneral-regs-only -mno-red-zone -ffreestanding \
                  -nostdinc -fno-tree-loop-distribute-patterns \
                  $(WARNINGS) $(RELATIVE) -Iplatform/$(ARCH)/nucleus -isystem $(GCC_INCLUDE) $(XEN_CFLAGS)

# $(call keep-if-same,TEXT): writes TEXT to the target only when it differs, so that what depends on the target is
# rebuilt when a flag, a list of files or a version changes, and only then.
keep-if-same = @mkdir -p $(@D); printf '%s\n' $(foreach w,$(1),'$(w)') | cmp -s - $@ || \
               printf '%s\n' $(foreach w,$(1),'$(w)') >$@
