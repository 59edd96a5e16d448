/* Parses and checks what is to be deployed; see options.h. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../guest/words.h"
#include "../image/elf.h"
#include "../message.h"

#define MEMORY_DEFAULT_KIB (128u * 1024u)
#define NAME_MAX_LENGTH    60u

static bool take_published(struct deployment *deployment, const char *text, char *error)
{
        if (deployment->published_count == PUBLISHED_MAX)
                return option_wrong(error, "-p was given more than %u times", PUBLISHED_MAX);
        if (!forward_parse(&deployment->published[deployment->published_count++], text))
                return option_wrong(error, "-p %s is not HOST:GUEST with ports from 1 to 65535", text);
        return true;
}

/* What domains, pods and jobs may all be called. */
static bool take_name(struct deployment *deployment, const char *text, char *error)
{
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
        const size_t length = strlen(text);
        if (length == 0 || length > NAME_MAX_LENGTH || strspn(text, allowed) != length || text[0] == '-' ||
            text[length - 1] == '-')
                return option_wrong(error, "--name %s is not a name: up to %u of a-z, 0-9 and -, not - first or last",
                                    text, NAME_MAX_LENGTH);
        free(deployment->name);
        deployment->name = strdup(text);
        return true;
}

static bool take_option(void *ctx, int option, const char *value, char *error)
{
        struct deployment *deployment = ctx;
        switch (option) {
        case 'm':
                return option_memory(&deployment->memory_kib, value, error);
        case 'e':
                return option_environment(&deployment->environment, value, error);
        case 'p':
                return take_published(deployment, value, error);
        case DEPLOY_APPEND:
                return option_append(&deployment->append, value, error);
        case DEPLOY_IP:
                return option_ip(&deployment->ip, value, error);
        case DEPLOY_NAME:
                return take_name(deployment, value, error);
        case DEPLOY_NET:
                deployment->net = value;
                return true;
        case DEPLOY_DISK:
                return option_disk(&deployment->disks, value, error);
        case DEPLOY_ACCEL:
                deployment->accelerator = value;
                return true;
        case DEPLOY_MACHINE:
                deployment->machine = value;
                return true;
        default:
                deployment->help = true;
                return true;
        }
}

void deployment_parse(struct deployment *deployment, const char *command, const struct option *known,
                      const char *letters, size_t words, int argc, char *argv[])
{
        const struct option_set set = {command, known, letters, take_option, HINT_ARGUMENTS};
        char error[ERROR_TEXT];
        *deployment = (struct deployment){.memory_kib = MEMORY_DEFAULT_KIB};
        const int count = option_arguments(argc, argv, &deployment->arguments, &deployment->argument_count);
        if (!option_parse(&set, deployment, count, argv, deployment->words, words, error))
                refuse("%s", error);
}

/* The image's file name without .elf, with - for what names may not have. */
static char *invent_name(const char *image)
{
        const char *slash = strrchr(image, '/');
        char *name = strndup(slash != NULL ? slash + 1 : image, NAME_MAX_LENGTH);
        if (name == NULL)
                abort();
        char *dot = strrchr(name, '.');
        if (dot != NULL && dot != name)
                *dot = '\0';
        for (char *p = name; *p != '\0'; p++) {
                if (*p >= 'A' && *p <= 'Z')
                        *p = (char)(*p + 'a' - 'A');
                else if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9')))
                        *p = p == name || p[1] == '\0' ? '0' : '-';
        }
        return name;
}

void deployment_prepare(struct deployment *deployment, const char *path)
{
        struct image image;
        char error[IMAGE_ERROR];
        if (!image_open(&image, path, error))
                refuse("%s", error);
        deployment->uses_network = image_uses_network(&image);
        image_close(&image);
        deployment->image = realpath(path, NULL);
        if (deployment->image == NULL)
                refuse("%s: %s", path, strerror(errno));
        if (deployment->name == NULL)
                deployment->name = invent_name(deployment->image);
        for (size_t i = 0; i < deployment->disks.count; i++)
                disk_look_at(&deployment->disks.items[i]);
        words_add_name(&deployment->line, deployment->image);
        if (deployment->ip != NULL)
                text_add(&deployment->line, " coracle.ip=%s", deployment->ip);
        words_add_rest(&deployment->line, &deployment->append, &deployment->environment, deployment->arguments,
                       deployment->argument_count);
        text_consume(&deployment->line, 1); /* the first blank */
        if (deployment->line.length > WORDS_MAX)
                refuse("the arguments and the environment are %zu bytes too long for a guest's command line",
                       deployment->line.length - WORDS_MAX);
}

void deployment_free(struct deployment *deployment)
{
        free(deployment->name);
        free(deployment->image);
        disks_free(&deployment->disks);
        list_free(&deployment->environment);
        list_free(&deployment->append);
        text_free(&deployment->line);
}

uint64_t deployment_mib(const struct deployment *deployment)
{
        return (deployment->memory_kib + 1023) / 1024;
}
