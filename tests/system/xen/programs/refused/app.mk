NAME   := refused
CFLAGS := -isystem $(DIR)/../../../../../build/xen-headers -D__XEN_INTERFACE_VERSION__=__XEN_LATEST_INTERFACE_VERSION__
