# make help. The default goal builds; it does not install packages.

define HELP_TEXT
make                      build the application APP (apps/httpd), the library and the tools
make run                  the same from nothing: install packages, get sources, build, boot APP in QEMU
make test                 the same set-up, then every test; the last line counts them
make help                 this list

  APP=NAME | APP=DIR      which application: apps/NAME, or a directory anywhere with an app.mk
  ARGS="a b"              make run: arguments of the application
  OPTIONS="-m 64M"        make run: options of `coracle run`
  NO_INSTALL=1            only list the packages that are missing
  V=1                     show every command

make apps                 build every application
make sdk                  build the sysroot and build/bin/coracle-cc
make cli                  build build/bin/coracle
make install PREFIX=DIR   tools, sysroot, manual pages and completion, working without this tree [DESTDIR=DIR]
make uninstall PREFIX=DIR

make test-unit            unit tests, on this machine, under sanitizers      [ONLY=NAME]
make test-guest           programs booted as guests                          [ONLY=NAME]
make test-system          the tools, the build, httpd with real clients      [ONLY=NAME]
make test-xen             images on a real Xen, in QEMU                       [ONLY=NAME]
make test-fuzz            each fuzzer for SECONDS=5                          [ONLY=NAME]
make fuzz FUZZ=NAME SECONDS=600
make lint                 clang-format, clang-tidy, cppcheck, shellcheck, sizes of files
make format               lay out every C file
make bench                the figures, beside what they are compared with    [ROW=NAME]
make bench-boot           boot times beside Linux, containers, processes    [BENCH="--rounds 30"]
make clean                remove build/; never needed to switch anything

Applications: $(APPS)
CORACLE_DOWNLOADS=DIR keeps third-party downloads in DIR instead of build/downloads; CORACLE_MIRROR=URL is another
Debian mirror.
endef

.PHONY: help
help:
	$(info $(HELP_TEXT))@:

.PHONY: format
format:
	$(Q)$(FORMAT) -i $(LINT_C) $(LINT_H)
