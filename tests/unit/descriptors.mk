descriptors_SOURCES := libos/posix/file/table.c libos/posix/file/install.c libos/posix/file/poll_source.c
