memory_map_SOURCES := platform/x86_64/nucleus/memory_map.c
