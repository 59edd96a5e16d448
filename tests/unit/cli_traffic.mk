cli_traffic_SOURCES := tools/cli/traffic/traffic.c tools/cli/traffic/frame_log.c tools/cli/traffic/link_counters.c \
                       tools/cli/instances/monitor.c tools/cli/instances/qmp.c tools/cli/text.c tools/cli/message.c
cli_traffic_LIBS    := -ljansson
