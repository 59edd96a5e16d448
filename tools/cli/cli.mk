# What the command-line tool needs: elfutils, for symbols and lines; libmd, for SHA-256; zlib, for CRC-32; jansson, for
# JSON. They are linked statically: to find and relocate nine libraries takes longer than all that a run does before QEMU.
CLI_LIBS := -static-pie -ldw -lelf -lmd -lz -ljansson
