memory_map_SOURCES := platform/x86_64/nucleus/memory_map.c platform/x86_64/memory/memory_list.c
