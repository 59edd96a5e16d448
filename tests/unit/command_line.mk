command_line_SOURCES := platform/command_line.c
