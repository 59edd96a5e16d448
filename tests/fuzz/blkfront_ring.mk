include tests/unit/xen_blk_sources.mk
blkfront_ring_SOURCES := $(XEN_BLK_SOURCES)
