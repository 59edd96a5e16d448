cli_crash_SOURCES := tools/cli/run/crash.c tools/cli/text.c tools/cli/message.c
