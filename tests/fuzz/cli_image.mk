cli_image_SOURCES := tools/cli/image/elf.c tools/cli/image/record.c tools/cli/image/features.c tools/cli/text.c \
        tools/cli/message.c tools/cli/make_image/kernel.c
