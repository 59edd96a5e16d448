cli_text_SOURCES := tools/cli/text.c tools/cli/message.c
