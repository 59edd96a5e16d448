instance_files_SOURCES := libos/instance/files.c libos/fs/tree.c
# What is kept stays for ever, as in a guest.
