cli_fat_SOURCES := tools/cli/make_image/fat.c tools/cli/text.c tools/cli/message.c
