# What the command-line tool needs: elfutils, for symbols and lines; libmd, for SHA-256; zlib, for CRC-32; jansson, for
# JSON.
CLI_LIBS := -ldw -lelf -lmd -lz -ljansson
