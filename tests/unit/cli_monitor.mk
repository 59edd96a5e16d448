cli_monitor_SOURCES := tools/cli/instances/monitor.c tools/cli/instances/qmp.c tools/cli/text.c tools/cli/message.c
cli_monitor_LIBS    := -ljansson
