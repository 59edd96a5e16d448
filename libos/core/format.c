/*
 * Formatting for the library OS's own messages (coracle/log.h): small, no floats, no locale, no memory, usable in any
 * context. Programs use newlib's printf.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <coracle/log.h>

struct output {
        char *buffer;
        size_t bytes;  /* room, terminator included */
        size_t length; /* of the whole text, what did not fit included */
};

struct conversion {
        bool left, zero;
        unsigned width;
        unsigned longs; /* l's seen; z counts as one */
};

static void put(struct output *output, char c)
{
        if (output->length + 1 < output->bytes)
                output->buffer[output->length] = c;
        output->length++;
}

static void pad(struct output *output, char c, size_t used, unsigned width)
{
        for (; used < width; used++)
                put(output, c);
}

static void put_string(struct output *output, const struct conversion *conversion, const char *string)
{
        size_t length = 0;
        if (string == NULL)
                string = "(null)";
        while (string[length] != '\0')
                length++;
        if (!conversion->left)
                pad(output, ' ', length, conversion->width);
        for (size_t i = 0; i < length; i++)
                put(output, string[i]);
        if (conversion->left)
                pad(output, ' ', length, conversion->width);
}

/* sign: "-", "0x" or "". */
static void put_number(struct output *output, const struct conversion *conversion, uint64_t number, unsigned base,
                       const char *sign)
{
        char digits[20];
        size_t count = 0;
        do {
                digits[count++] = "0123456789abcdef"[number % base];
                number /= base;
        } while (number != 0);
        size_t length = count;
        for (const char *c = sign; *c != '\0'; c++)
                length++;
        if (!conversion->left && !conversion->zero)
                pad(output, ' ', length, conversion->width);
        while (*sign != '\0')
                put(output, *sign++);
        if (!conversion->left && conversion->zero)
                pad(output, '0', length, conversion->width);
        while (count != 0)
                put(output, digits[--count]);
        if (conversion->left)
                pad(output, ' ', length, conversion->width);
}

/* Reads flags, width and length modifiers; returns the position of the conversion character. */
static const char *parse(const char *format, struct conversion *conversion)
{
        *conversion = (struct conversion){0};
        for (;; format++) {
                if (*format == '-')
                        conversion->left = true;
                else if (*format == '0')
                        conversion->zero = true;
                else
                        break;
        }
        for (; *format >= '0' && *format <= '9'; format++)
                conversion->width = conversion->width * 10 + (unsigned)(*format - '0');
        for (; *format == 'l' || *format == 'z'; format++)
                conversion->longs++;
        return format;
}

size_t format_text_v(char *buffer, size_t bytes, const char *format, va_list arguments)
{
        struct output output = {buffer, bytes, 0};
        for (; *format != '\0'; format++) {
                struct conversion conversion;
                if (*format != '%') {
                        put(&output, *format);
                        continue;
                }
                const char *start = format;
                format = parse(format + 1, &conversion);
                switch (*format) {
                case 's':
                        put_string(&output, &conversion, va_arg(arguments, const char *));
                        break;
                case 'c': {
                        char character[2] = {(char)va_arg(arguments, int), '\0'};
                        put_string(&output, &conversion, character);
                        break;
                }
                case 'd':
                case 'i': {
                        int64_t number = conversion.longs != 0 ? va_arg(arguments, long) : va_arg(arguments, int);
                        uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
                        put_number(&output, &conversion, magnitude, 10, number < 0 ? "-" : "");
                        break;
                }
                case 'u':
                case 'x': {
                        uint64_t number =
                                conversion.longs != 0 ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned);
                        put_number(&output, &conversion, number, *format == 'x' ? 16 : 10, "");
                        break;
                }
                case 'p':
                        put_number(&output, &conversion, (uintptr_t)va_arg(arguments, void *), 16, "0x");
                        break;
                case '%':
                        put(&output, '%');
                        break;
                default: /* not ours: show it as it stands, and take no argument */
                        while (start != format)
                                put(&output, *start++);
                        if (*format == '\0')
                                format--;
                        else
                                put(&output, *format);
                }
        }
        if (bytes != 0)
                buffer[output.length < bytes ? output.length : bytes - 1] = '\0';
        return output.length;
}

size_t format_text(char *buffer, size_t bytes, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        size_t length = format_text_v(buffer, bytes, format, arguments);
        va_end(arguments);
        return length;
}
