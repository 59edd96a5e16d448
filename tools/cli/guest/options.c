/* The options that commands share; see options.h. */
#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../message.h"

/* A guest with less has no room for its page tables and a thread's stack. */
#define MEMORY_MIN_KIB 2048u
#define MEMORY_MAX_KIB (UINT64_C(1) << 42)

#define OPTIONS_MAX 64u /* of one command */

bool option_wrong(char *error, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error, ERROR_TEXT, format, arguments);
        va_end(arguments);
        return false;
}

bool option_size(const char *text, uint64_t *kib)
{
        uint64_t value = 0;
        const char *p = text;
        for (; *p >= '0' && *p <= '9'; p++) {
                value = value * 10 + (uint64_t)(*p - '0');
                if (value > MEMORY_MAX_KIB)
                        return false;
        }
        if (p == text)
                return false;
        static const struct {
                const char *suffix;
                unsigned shift;
        } units[] = {{"", 10}, {"K", 0}, {"M", 10}, {"G", 20}, {"k", 0}, {"m", 10}, {"g", 20}, {"T", 30}};
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
                if (strcmp(p, units[i].suffix) == 0) {
                        *kib = value << units[i].shift;
                        return *kib >> units[i].shift == value && *kib <= MEMORY_MAX_KIB;
                }
        }
        return false;
}

bool option_memory(uint64_t *kib, const char *text, char *error)
{
        if (!option_size(text, kib))
                return option_wrong(error, "-m %s is not a size; write for example -m 64M or -m 1G", text);
        if (*kib < MEMORY_MIN_KIB)
                return option_wrong(error, "-m %s is too little; a guest needs 2M at least", text);
        return true;
}

static bool is_name(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                const char c = text[i];
                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (i > 0 && c >= '0' && c <= '9')))
                        return false;
        }
        return length != 0;
}

bool option_environment(struct list *environment, const char *text, char *error)
{
        const char *equals = strchr(text, '=');
        const size_t length = equals != NULL ? (size_t)(equals - text) : strlen(text);
        if (!is_name(text, length))
                return option_wrong(
                        error, "-e %s: the name must be letters, digits and _; write for example -e KEY=VALUE", text);
        if (equals != NULL) {
                list_add_string(environment, text);
                return true;
        }
        const char *value = getenv(text);
        if (value == NULL)
                return option_wrong(error, "-e %s: this host's environment has no %s; write -e %s=VALUE", text, text,
                                    text);
        list_add(environment, "%s=%s", text, value);
        return true;
}

bool option_append(struct list *append, const char *text, char *error)
{
        if (strcmp(text, "--") == 0)
                return option_wrong(error,
                                    "--append --: arguments of the program go after -- at the end of the command");
        list_add_string(append, text);
        return true;
}

bool option_ip(const char **ip, const char *text, char *error)
{
        const char *slash = strchr(text, '/');
        if (strcmp(text, "dhcp") != 0 && (slash == NULL || slash == text || strpbrk(text, " \t\n'\"\\") != NULL))
                return option_wrong(error, "--ip %s is not ADDRESS/BITS[,gw=ADDRESS][,dns=ADDRESS] or dhcp", text);
        *ip = text;
        return true;
}

int option_arguments(int argc, char *argv[], char *const **arguments, size_t *count)
{
        int before = 0;
        while (before < argc && strcmp(argv[before], "--") != 0)
                before++;
        *arguments = before < argc ? argv + before + 1 : NULL;
        *count = before < argc ? (size_t)(argc - before - 1) : 0;
        return before;
}

bool option_unknown(const char *command, const struct option *known, int option, const char *word, char *error)
{
        if (option == ':')
                return option_wrong(error, "%s needs a value; see `coracle %s --help`", word, command);
        if (optopt != 0 && strncmp(word, "--", 2) != 0)
                return option_wrong(error, "unknown option -%c; see `coracle %s --help`", optopt, command);
        const char *names[OPTIONS_MAX];
        size_t count = 0;
        while (count < OPTIONS_MAX - 1 && known[count].name != NULL) {
                names[count] = known[count].name;
                count++;
        }
        names[count] = NULL;
        char name[64];
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
        const char *meant = closest_word(name, names);
        if (optopt != 0 && meant != NULL && strcmp(meant, name) == 0)
                return option_wrong(error, "--%s takes no value; see `coracle %s --help`", name, command);
        if (meant != NULL)
                return option_wrong(error, "unknown option --%s; did you mean --%s?", name, meant);
        return option_wrong(error, "unknown option --%s; see `coracle %s --help`", name, command);
}

bool option_parse(const struct option_set *set, void *ctx, int count, char *argv[], const char *words[], size_t most,
                  char *error)
{
        size_t found = 0;
        optind = 0;
        opterr = 0;
        for (;;) {
                const int option = getopt_long(count, argv, set->letters, set->known, NULL);
                if (option == -1)
                        return true;
                if (option == '?' || option == ':')
                        return option_unknown(set->command, set->known, option, argv[optind - 1], error);
                if (option == 1 && found == most)
                        return option_wrong(error, "one image at a time: %s and %s; %s", words[most - 1], optarg,
                                            set->hint);
                if (option == 1)
                        words[found++] = optarg;
                else if (!set->take(ctx, option, optarg != NULL ? optarg : "", error))
                        return false;
        }
}
