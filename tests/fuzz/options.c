/* The command line comes from outside: any bytes must give well-formed lists or a refusal with a reason. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/options.h>
#include <libos/core/command_line.h>

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        char text[200];
        va_list arguments;
        (void)level;
        (void)room;
        va_start(arguments, format);
        format_text_v(text, sizeof(text), format, arguments);
        va_end(arguments);
}

static size_t total(char **words, int count)
{
        size_t bytes = 0;
        int seen = 0;
        for (; *words != NULL; words++, seen++)
                bytes += strlen(*words) + 1;
        if (count >= 0 && seen != count)
                abort();
        return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        struct command_line parsed;
        char why[80] = "";
        char *line = malloc(bytes + 1);
        memcpy(line, data, bytes);
        line[bytes] = '\0';
        if (command_line_parse(line, &parsed, why, sizeof(why)) != 0) {
                if (why[0] == '\0')
                        abort();
        } else {
                if (total(parsed.argv + 1, parsed.argc - 1) + total(parsed.environment, -1) > strlen(line) + 1)
                        abort();
                for (char **word = parsed.environment; *word != NULL; word++) {
                        if (strchr(*word, '=') == NULL)
                                abort();
                }
                command_line_check();
                option_get("ip");
                for (unsigned n = 0; option_word("virtio_mmio.device", n) != NULL; n++)
                        continue;
        }
        free(line);
        return 0;
}
