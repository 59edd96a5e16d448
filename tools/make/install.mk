# make install: everything that a person needs to build and run programs without this tree.
#
#   PREFIX/bin            coracle, coracle-cc
#   PREFIX/lib/coracle    x86_64/{include,newlib/include,lib}: the sysroot; application.mk, pack;
#                         bench: what `coracle bench` runs
#   PREFIX/share          man pages, bash completion

PREFIX  ?= /usr/local
DESTDIR ?=
INSTALL := install

INSTALL_LIB  = $(DESTDIR)$(PREFIX)/lib/coracle
MAN_PAGES   := $(wildcard docs/man/*.[1-8] tools/cli/*.1 tools/coracle-cc/*.1)
BENCH_FILES := $(wildcard tools/bench/*.py tools/bench/*.c tools/bench/*.S tools/bench/*.ld)
COMPLETION  := $(wildcard tools/completion/*.bash)

.PHONY: install uninstall
install: sdk cli
	$(Q)$(INSTALL) -d $(DESTDIR)$(PREFIX)/bin $(INSTALL_LIB)
	$(Q)$(INSTALL) -m 755 $(BIN)/coracle-cc $(DESTDIR)$(PREFIX)/bin/coracle-cc
	$(Q)if [ -x $(BIN)/coracle ]; then $(INSTALL) -m 755 $(BIN)/coracle $(DESTDIR)$(PREFIX)/bin/coracle; fi
	$(Q)rm -rf $(INSTALL_LIB)/$(ARCH) && $(INSTALL) -d $(INSTALL_LIB)/$(ARCH)
	$(Q)cp -R --preserve=timestamps,mode $(SYSROOT)/include $(SYSROOT)/newlib $(SYSROOT)/lib $(INSTALL_LIB)/$(ARCH)/
	$(Q)$(INSTALL) -m 644 tools/make/application.mk $(INSTALL_LIB)/application.mk
	$(Q)$(INSTALL) -m 755 tools/pack $(INSTALL_LIB)/pack
	$(Q)$(INSTALL) -d $(INSTALL_LIB)/bench && $(INSTALL) -m 644 $(BENCH_FILES) $(INSTALL_LIB)/bench/
	$(Q)for page in $(MAN_PAGES); do \
	        $(INSTALL) -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done
	$(Q)for file in $(COMPLETION); do name=$${file##*/}; \
	        $(INSTALL) -D -m 644 $$file $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$${name%.bash}; done
	$(Q)$(INSTALL) -D -m 644 LICENSE $(DESTDIR)$(PREFIX)/share/doc/coracle/LICENSE
	@echo "installed in $(DESTDIR)$(PREFIX)"

uninstall:
	$(Q)rm -f $(DESTDIR)$(PREFIX)/bin/coracle $(DESTDIR)$(PREFIX)/bin/coracle-cc
	$(Q)rm -rf $(INSTALL_LIB) $(DESTDIR)$(PREFIX)/share/doc/coracle
	$(Q)for page in $(MAN_PAGES); do rm -f $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done
	$(Q)for file in $(COMPLETION); do name=$${file##*/}; \
	        rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$${name%.bash}; done
