/* The options of `coracle xl`; see options.h. */
#include "options.h"

#include <string.h>

#define MEMORY_DEFAULT_KIB (128u * 1024u)

enum { OPTION_NAME = 256, OPTION_VIF, OPTION_DISK, OPTION_ON_CRASH, OPTION_IP, OPTION_APPEND, OPTION_VERBOSE };

static const struct option long_options[] = {
        {"memory", required_argument, NULL, 'm'},
        {"env", required_argument, NULL, 'e'},
        {"name", required_argument, NULL, OPTION_NAME},
        {"vif", required_argument, NULL, OPTION_VIF},
        {"disk", required_argument, NULL, OPTION_DISK},
        {"on-crash", required_argument, NULL, OPTION_ON_CRASH},
        {"ip", required_argument, NULL, OPTION_IP},
        {"append", required_argument, NULL, OPTION_APPEND},
        {"verbose", no_argument, NULL, OPTION_VERBOSE},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
};

/* Xen counts a domain's memory in MiB (xl.cfg(5)). */
static bool take_memory(struct xl_options *options, const char *text, char *error)
{
        if (!option_memory(&options->memory_kib, text, error))
                return false;
        if (options->memory_kib % 1024 != 0)
                return option_wrong(error, "-m %s: Xen gives memory in whole MiB; write for example -m %lluM", text,
                                    (unsigned long long)options->memory_kib / 1024 + 1);
        return true;
}

/* What xl itself takes: not only digits, which would be a domain's number. */
static bool take_name(struct xl_options *options, const char *text, char *error)
{
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:+";
        if (text[0] == '\0' || text[strspn(text, allowed)] != '\0' || text[strspn(text, "0123456789")] == '\0')
                return option_wrong(error,
                                    "--name %s is not a domain's name: letters, digits and any of _-.:+, and "
                                    "not only digits",
                                    text);
        options->name = text;
        return true;
}

static bool take_on_crash(struct xl_options *options, const char *text, char *error)
{
        static const char *const known[] = {"destroy",          "restart",          "rename-restart", "preserve",
                                            "coredump-destroy", "coredump-restart", "soft-reset"};
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
                if (strcmp(text, known[i]) == 0) {
                        options->on_crash = text;
                        return true;
                }
        }
        return option_wrong(error,
                            "--on-crash %s is not one of destroy, restart, rename-restart, preserve, "
                            "coredump-destroy, coredump-restart, soft-reset",
                            text);
}

static bool take_option(void *ctx, int option, const char *value, char *error)
{
        struct xl_options *options = ctx;
        switch (option) {
        case 'm':
                return take_memory(options, value, error);
        case 'e':
                return option_environment(&options->environment, value, error);
        case OPTION_NAME:
                return take_name(options, value, error);
        case OPTION_VIF:
                list_add_string(&options->vifs, value);
                return true;
        case OPTION_DISK:
                return option_disk(&options->disks, value, error);
        case OPTION_ON_CRASH:
                return take_on_crash(options, value, error);
        case OPTION_IP:
                return option_ip(&options->ip, value, error);
        case OPTION_APPEND:
                return option_append(&options->append, value, error);
        case OPTION_VERBOSE:
                options->verbose = true;
                return true;
        default:
                options->help = true;
                return true;
        }
}

static bool check_together(const struct xl_options *options, char *error)
{
        if (options->image == NULL)
                return option_wrong(error, "which image? usage: coracle xl IMAGE [OPTIONS] [-- ARGUMENTS]");
        if (options->ip != NULL && options->vifs.count == 0)
                return option_wrong(error, "--ip needs a network device; add for example --vif bridge=xenbr0");
        return true;
}

bool xl_options_parse(struct xl_options *options, int argc, char *argv[], char *error)
{
        *options = (struct xl_options){.memory_kib = MEMORY_DEFAULT_KIB, .on_crash = "destroy"};
        const int count = option_arguments(argc, argv, &options->arguments, &options->argument_count);
        const struct option_set set = {"xl", long_options, "-:m:e:h", take_option, HINT_ARGUMENTS};
        if (!option_parse(&set, options, count, argv, &options->image, 1, error))
                return false;
        return options->help || check_together(options, error);
}

void xl_options_free(struct xl_options *options)
{
        disks_free(&options->disks);
        list_free(&options->vifs);
        list_free(&options->environment);
        list_free(&options->append);
}
