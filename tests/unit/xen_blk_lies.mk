include tests/unit/xen_blk_sources.mk
xen_blk_lies_SOURCES := $(XEN_BLK_SOURCES)
