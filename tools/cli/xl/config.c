/* Composes a domain's configuration; see config.h. */
#include "config.h"

#include <string.h>

#include "../guest/words.h"

/* Escapes are C's, but Xen 4.17 drops what is written as a number: a newline is the only byte that needs one. */
void xl_add_string(struct text *config, const char *string)
{
        text_add_bytes(config, "\"", 1);
        for (const char *p = string; *p != '\0'; p++) {
                if (*p == '\n')
                        text_add_bytes(config, "\\n", 2);
                else if (*p == '"' || *p == '\\')
                        text_add(config, "\\%c", *p);
                else
                        text_add_bytes(config, p, 1);
        }
        text_add_bytes(config, "\"", 1);
}

static void add_setting(struct text *config, const char *key, const char *value)
{
        text_add(config, "%s = ", key);
        xl_add_string(config, value);
        text_add_bytes(config, "\n", 1);
}

static bool add_command_line(struct text *config, const struct xl_options *options, size_t *excess)
{
        struct text line = {0};
        words_add_name(&line, options->image);
        if (options->verbose)
                text_add(&line, " coracle.verbose=1");
        if (options->ip != NULL && strcmp(options->ip, "dhcp") != 0)
                text_add(&line, " coracle.ip=%s", options->ip);
        words_add_rest(&line, &options->append, &options->environment, options->arguments, options->argument_count);
        add_setting(config, "cmdline", line.bytes + 1);
        *excess = line.length - 1 > WORDS_MAX ? line.length - 1 - WORDS_MAX : 0;
        text_free(&line);
        return *excess == 0;
}

/* The name of the domain: the image's, without `.elf`. */
static void add_name(struct text *config, const struct xl_options *options)
{
        struct text name = {0};
        const char *slash = strrchr(options->image, '/');
        text_add(&name, "%s", options->name != NULL ? options->name : slash != NULL ? slash + 1 : options->image);
        if (options->name == NULL && name.length > 4 && strcmp(name.bytes + name.length - 4, ".elf") == 0)
                name.bytes[name.length - 4] = '\0';
        add_setting(config, "name", name.bytes);
        text_free(&name);
}

static void add_vifs(struct text *config, const struct xl_options *options)
{
        for (size_t i = 0; i < options->vifs.count; i++) {
                text_add(config, i == 0 ? "vif = [" : ",\n       ");
                xl_add_string(config, options->vifs.items[i]);
        }
        if (options->vifs.count != 0)
                text_add(config, "]\n");
}

/* xl-disk-configuration(5): the target comes last, since it may have commas. */
static void add_disks(struct text *config, const struct xl_options *options)
{
        for (size_t i = 0; i < options->disks.count; i++) {
                const struct disk *target = &options->disks.items[i];
                struct text disk = {0};
                text_add(&disk, "vdev=xvd%c,format=%s,access=%s,target=%s", (int)('a' + i),
                         target->is_qcow2 ? "qcow2" : "raw", target->read_only ? "ro" : "rw", target->path);
                text_add(config, i == 0 ? "disk = [" : ",\n        ");
                xl_add_string(config, disk.bytes);
                text_free(&disk);
        }
        if (options->disks.count != 0)
                text_add(config, "]\n");
}

bool xl_add_config(struct text *config, const struct xl_options *options, const char *kernel, size_t *excess)
{
        add_name(config, options);
        add_setting(config, "type", "pvh");
        add_setting(config, "kernel", kernel);
        if (!add_command_line(config, options, excess))
                return false;
        text_add(config, "memory = %llu\nvcpus = 1\n", (unsigned long long)options->memory_kib / 1024);
        add_setting(config, "on_poweroff", "destroy");
        add_setting(config, "on_reboot", "restart");
        add_setting(config, "on_crash", options->on_crash);
        add_vifs(config, options);
        add_disks(config, options);
        return true;
}
