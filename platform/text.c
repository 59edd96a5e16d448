/* Lines of text without a library; see text.h. */
#include <text.h>

#include <platform.h>

static void add_character(struct text *text, char character)
{
        if (text->length < TEXT_LINE_MAX - 1) /* the last place is the newline's */
                text->line[text->length++] = character;
}

void text_add(struct text *text, const char *string)
{
        while (*string != '\0')
                add_character(text, *string++);
}

void text_add_hex(struct text *text, uint64_t value)
{
        int shift = 60;
        while (shift > 0 && (value >> shift) == 0)
                shift -= 4;
        text_add(text, "0x");
        for (; shift >= 0; shift -= 4)
                add_character(text, "0123456789abcdef"[(value >> shift) & 15]);
}

void text_add_decimal(struct text *text, uint64_t value)
{
        uint64_t unit = 1;
        while (value / unit >= 10)
                unit *= 10;
        for (; unit != 0; unit /= 10)
                add_character(text, (char)('0' + value / unit % 10));
}

void text_write_line(struct text *text)
{
        text->line[text->length++] = '\n';
        platform_console_write(text->line, text->length);
        text->length = 0;
}
