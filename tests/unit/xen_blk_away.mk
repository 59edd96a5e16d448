include tests/unit/xen_blk_sources.mk
xen_blk_away_SOURCES := $(XEN_BLK_SOURCES)
