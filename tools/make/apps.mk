# Applications: apps/NAME, or a directory anywhere. Each is built by tools/make/application.mk with the coracle-cc of
# this tree, as a program outside of it would be.

# APP=hello is apps/hello unless there is a directory of that name here; APP=path/to/dir is that directory.
# Outside of the tree it has one name, whatever way it is given.
APP_DIR := $(patsubst %/,%,$(if $(wildcard apps/$(APP)/app.mk),apps/$(APP),$(APP)))
APP_DIR := $(if $(filter ..% /% ~%,$(APP_DIR)),$(abspath $(APP_DIR)),$(APP_DIR))
APPS    := $(patsubst apps/%/app.mk,%,$(wildcard apps/*/app.mk))

application = $(MAKE) -f tools/make/application.mk DIR='$(1)' OUT=$(TARGET)/apps CORACLE_CC=$(BIN)/coracle-cc \
              CORACLE=$(BIN)/coracle PACK=tools/pack SDK_FILES='$(SDK)'

.PHONY: app apps run-app check-app
check-app:
	@[ -f '$(APP_DIR)/app.mk' ] || { \
	        echo "make: there is no application '$(APP)': neither apps/$(APP)/app.mk nor $(APP)/app.mk exists" >&2; \
	        echo "make: applications here: $(APPS)" >&2; exit 2; }

app: check-app sdk
	+@$(call application,$(APP_DIR))

# Behind `app` where both are asked for: two makes at once would link one image twice.
apps: sdk | $(if $(filter app all,$(MAKECMDGOALS)),app)
	+@$(foreach a,$(APPS),$(call application,apps/$(a)) &&) :

# ARGS and OPTIONS reach it by themselves, whatever quotes are in them.
run-app: check-app sdk cli
	+@$(call application,$(APP_DIR)) run

# What a person types on a fresh machine: packages, third-party sources, everything, then the guest.
.PHONY: run
run:
	@tools/packages run
	+@$(MAKE) run-app
