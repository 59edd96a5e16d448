cli_options_SOURCES := tools/cli/run/options.c tools/cli/run/forward.c tools/cli/run/qemu.c tools/cli/guest/options.c \
        tools/cli/guest/disk.c tools/cli/guest/words.c tools/cli/instances/name.c tools/cli/text.c tools/cli/message.c
