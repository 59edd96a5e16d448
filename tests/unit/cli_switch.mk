cli_switch_SOURCES := tools/cli/network/forward_frames.c
