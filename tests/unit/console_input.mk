console_input_SOURCES := libos/posix/console/input.c
