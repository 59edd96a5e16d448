/*
 * User data, meta-data and network configuration come from outside: any bytes give well-formed values or a message. The
 * first byte chooses the reader.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/init.h>
#include <coracle/options.h>
#include <libos/instance/instance.h>
#include <libos/instance/cloud/cloud.h>
#include <libos/instance/values.h>
#include <libos/net/check.h>

static const struct instance_source source = {INSTANCE_DISK, "disk"};

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        char text[300];
        va_list arguments;
        (void)level;
        (void)room;
        va_start(arguments, format);
        format_text_v(text, sizeof(text), format, arguments);
        va_end(arguments);
        for (const char *c = text; *c != '\0'; c++) {
                if ((unsigned char)*c < ' ')
                        abort(); /* a control character would reach the console */
        }
}

void instance_file(const struct instance_source *from, const char *path, const void *data, size_t bytes)
{
        (void)from;
        volatile size_t sum = strlen(path);
        for (size_t i = 0; i < bytes; i++)
                sum += ((const unsigned char *)data)[i];
}

bool network_word_check(const char *key, const char *value, char *why, size_t why_bytes)
{
        (void)key;
        (void)why_bytes;
        why[0] = '\0';
        return strlen(value) < 300;
}

void instance_keep_id(const char *id)
{
        (void)strlen(id);
}

void instance_keep_user_data(const void *data, size_t bytes)
{
        (void)data;
        (void)bytes;
}

const char *option_get(const char *key)
{
        return strcmp(key, "ip1") == 0 ? "dhcp" : NULL;
}

void instance_apply(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        void (*const readers[])(const struct instance_source *, const char *,
                                size_t) = {cloud_user_data, cloud_meta_data, cloud_network};
        unsigned count;
        if (bytes == 0)
                return 0;
        char *text = malloc(bytes - 1);
        memcpy(text, data + 1, bytes - 1);
        readers[data[0] % 3](&source, text, bytes - 1);
        free(text);
        network_devices_known((const uint8_t[3][6]){{0x52, 0x54, 0, 1, 2, 3}, {0x52, 0x54, 0, 1, 2, 4}}, 3);
        for (unsigned options = 0; options < 2; options++) {
                const char *word;
                for (unsigned n = 0; (word = instance_value_at(options != 0, n)) != NULL; n++) {
                        if (strchr(word, '=') == NULL || (strncmp(word, "coracle.", 8) == 0) != (options != 0))
                                abort();
                }
        }
        char **arguments = instance_arguments(&count);
        for (unsigned i = 0; i < count; i++) {
                if (strlen(arguments[i]) > INSTANCE_WORD_MAX)
                        abort();
        }
        instance_values_reset();
        return 0;
}
