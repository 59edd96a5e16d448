# What the command-line tool needs: elfutils, for symbols and lines.
CLI_LIBS := -ldw -lelf
