# What the command-line tool needs besides its .c files: elfutils for symbols and lines.
CLI_SOURCES := $(wildcard tools/cli/*.c tools/cli/*/*.c)
CLI_OBJECTS := $(patsubst %.c,$(HOST)/%.o,$(CLI_SOURCES))
CLI_LIBS    := -ldw -lelf
