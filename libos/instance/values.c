/* Values and arguments of the sources of instance data; see values.h. */
#include "values.h"

#include <stdlib.h>
#include <string.h>

#include <coracle/log.h>

#include "../core/words.h"
#include "../net/check.h"

#define HOSTNAME_MAX 63u

static const char option_prefix[] = "coracle.";
#define PREFIX_BYTES (sizeof(option_prefix) - 1)

struct value {
        char *word; /* "KEY=VALUE" */
        size_t key; /* its length */
        enum instance_rank rank;
        bool is_option;
};
static struct value *values;
static unsigned value_count, value_room;

static char **arguments;
static unsigned argument_count, argument_room;
static enum instance_rank argument_rank;
static bool arguments_are_taken; /* the command line has some */

const char *instance_shown(const char *text, struct instance_shown *shown)
{
        size_t length = 0;
        for (; length < sizeof(shown->text) - 4 && text[length] != '\0'; length++)
                shown->text[length] = text[length] >= ' ' && text[length] <= '~' ? text[length] : '?';
        strcpy(shown->text + length, text[length] != '\0' ? "..." : "");
        return shown->text;
}

/* Room for one more of `bytes` in a growing array. False, and a line in the log, when there is none. */
static bool make_room(void *array, unsigned count, unsigned *room, size_t bytes, const char *source)
{
        void **at = array;
        if (count < *room)
                return true;
        const unsigned more = *room == 0 ? 16 : 2 * *room;
        void *larger = count < INSTANCE_VALUE_MAX ? realloc(*at, more * bytes) : NULL;
        if (larger == NULL) {
                log_warning("instance", "%s: there is no room for more than %u values", source, count);
                return false;
        }
        *at = larger;
        *room = more;
        return true;
}

/*
 * The options that instance data may set, the network's apart: what configures the program
 * and its place, not what the machine's owner sees of it (console, exit status).
 */
static bool is_option_allowed(const char *key)
{
        static const char allowed[][9] = {"hostname", "name", "grace", "verbose", "metadata"};
        for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
                if (strcmp(allowed[i], key) == 0)
                        return true;
        }
        return network_word_is_known(key);
}

static bool is_name(const char *name)
{
        size_t length = 0;
        for (; name[length] != '\0'; length++) {
                const char c = name[length];
                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                      (c >= '0' && c <= '9' && length != 0)))
                        return false;
        }
        return length != 0;
}

/* Whether the source may set this; else says why not. */
static bool is_acceptable(const struct instance_source *source, const char *key, const char *value)
{
        char why[160];
        struct instance_shown shown_key, shown_value;
        instance_shown(key, &shown_key);
        if (strlen(key) + strlen(value) + 2 > INSTANCE_WORD_MAX) {
                log_warning("instance", "%s: the value of \"%s\" is longer than %u bytes; it is ignored", source->name,
                            shown_key.text, INSTANCE_WORD_MAX);
                return false;
        }
        if (strncmp(key, option_prefix, PREFIX_BYTES) != 0) {
                if (is_name(key))
                        return true;
                log_warning("instance", "%s: \"%s\" is not a name for the environment; it is ignored", source->name,
                            shown_key.text);
                return false;
        }
        if (!is_option_allowed(key + PREFIX_BYTES)) {
                log_warning("instance", "%s: \"%s\" is not an option that instance data may set; it is ignored",
                            source->name, shown_key.text);
                return false;
        }
        if (source->rank == INSTANCE_METADATA && network_word_is_known(key + PREFIX_BYTES)) {
                log_warning("instance", "%s: %s comes too late: the network is up; it is ignored", source->name, key);
                return false;
        }
        if (network_word_check != NULL && !network_word_check(key + PREFIX_BYTES, value, why, sizeof(why))) {
                for (char *c = why; *c != '\0'; c++)
                        *c = *c >= ' ' && *c <= '~' ? *c : '?';
                log_warning("instance", "%s: %s=%s: %s; it is ignored", source->name, key,
                            instance_shown(value, &shown_value), why);
                return false;
        }
        return true;
}

/* "coracle.ip0" is "coracle.ip", and so on: one key. */
static bool is_same_key(const struct value *value, const char *key)
{
        const char *mine = value->word;
        const size_t length = strlen(key);
        static const char *const pairs[][2] = {{"coracle.ip", "coracle.ip0"}, {"coracle.ip6", "coracle.ip6_0"}};
        if (value->key == length && memcmp(mine, key, length) == 0)
                return true;
        for (unsigned i = 0; i < 4; i++) {
                const char *one = pairs[i / 2][i % 2], *other = pairs[i / 2][1 - i % 2];
                if (strcmp(key, one) == 0 && value->key == strlen(other) && memcmp(mine, other, value->key) == 0)
                        return true;
        }
        return false;
}

/* Takes it, whatever it says. */
static void set(const struct instance_source *source, const char *key, const char *text)
{
        struct value *value = NULL;
        for (unsigned i = 0; i < value_count && value == NULL; i++) {
                if (is_same_key(&values[i], key))
                        value = &values[i];
        }
        if (value != NULL && value->rank < source->rank)
                return;
        if (value == NULL && !make_room(&values, value_count, &value_room, sizeof(*values), source->name))
                return;
        const size_t key_length = strlen(key), length = strlen(text);
        char *word = malloc(key_length + length + 2);
        if (word == NULL) {
                log_warning("instance", "%s: no memory for \"%s\"", source->name, key);
                return;
        }
        memcpy(word, key, key_length);
        word[key_length] = '=';
        memcpy(word + key_length + 1, text, length + 1);
        if (value != NULL)
                free(value->word);
        else
                value = &values[value_count++];
        *value = (struct value){word, key_length, source->rank, strncmp(key, option_prefix, PREFIX_BYTES) == 0};
        if (source->rank != INSTANCE_COMMAND_LINE)
                log_info("instance", "%s: %s", source->name, key);
}

void instance_value(const struct instance_source *source, const char *key, const char *text)
{
        if (is_acceptable(source, key, text))
                set(source, key, text);
}

void instance_taken(const char *word)
{
        static const struct instance_source command_line = {INSTANCE_COMMAND_LINE, "command line"};
        const char *equals = strchr(word, '=');
        char *key = equals != NULL ? strndup(word, (size_t)(equals - word)) : NULL;
        if (key != NULL)
                set(&command_line, key, "");
        free(key);
}

void instance_arguments_taken(void)
{
        arguments_are_taken = true;
}

void instance_hostname(const struct instance_source *source, const char *name)
{
        size_t length = 0;
        for (; length <= HOSTNAME_MAX && name[length] != '\0'; length++) {
                const char c = name[length];
                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      ((c == '-' || c == '.') && length != 0)))
                        break;
        }
        if (length == 0 || length > HOSTNAME_MAX || name[length] != '\0') {
                struct instance_shown shown;
                log_warning("instance", "%s: \"%s\" is not a host name; it is ignored", source->name,
                            instance_shown(name, &shown));
                return;
        }
        instance_value(source, "coracle.hostname", name);
}

void instance_argument(const struct instance_source *source, const char *text)
{
        if (arguments_are_taken || (argument_count != 0 && argument_rank != source->rank))
                return;
        if (strlen(text) >= INSTANCE_WORD_MAX) {
                log_warning("instance", "%s: an argument is longer than %u bytes; it is ignored", source->name,
                            INSTANCE_WORD_MAX - 1);
                return;
        }
        if (!make_room(&arguments, argument_count, &argument_room, sizeof(*arguments), source->name))
                return;
        char *copy = strdup(text);
        if (copy == NULL) {
                log_warning("instance", "%s: no memory for the arguments", source->name);
                return;
        }
        arguments[argument_count++] = copy;
        argument_rank = source->rank;
}

/* One word before "--". */
static void set_word(const struct instance_source *source, const char *what, char *word)
{
        char *equals = strchr(word, '=');
        if (equals == NULL) {
                struct instance_shown shown;
                log_warning("instance", "%s: %s: \"%s\" means nothing here", source->name, what,
                            instance_shown(word, &shown));
                return;
        }
        *equals = '\0';
        if (strcmp(word, "coracle.hostname") == 0)
                instance_hostname(source, equals + 1);
        else
                instance_value(source, word, equals + 1);
}

static void set_words(const struct instance_source *source, const char *what, const char *line, char *out)
{
        bool before_arguments = true;
        for (const char *rest = line;;) {
                char *word = out;
                const enum word_result got = word_next(&rest, &out);
                if (got == WORD_END)
                        return;
                if (got != WORD_FOUND) {
                        log_warning("instance",
                                    "%s: %s: the quote at character %zu has no partner; what follows is "
                                    "ignored",
                                    source->name, what, (size_t)(rest - line) + 1);
                        return;
                }
                if (!before_arguments)
                        instance_argument(source, word);
                else if (strcmp(word, "--") == 0)
                        before_arguments = false;
                else
                        set_word(source, what, word);
        }
}

void instance_line(const struct instance_source *source, const char *what, const char *text, size_t bytes)
{
        const size_t length = strnlen(text, bytes);
        if (length > INSTANCE_LINE_MAX) {
                log_warning("instance", "%s: %s: it is longer than %u bytes; it is ignored", source->name, what,
                            INSTANCE_LINE_MAX);
                return;
        }
        char *line = malloc(2 * length + 3);
        if (line == NULL) {
                log_warning("instance", "%s: %s: no memory for it", source->name, what);
                return;
        }
        memcpy(line, text, length);
        line[length] = '\0';
        set_words(source, what, line, line + length + 1);
        free(line);
}

char *instance_value_at(bool options, unsigned n)
{
        for (unsigned i = 0; i < value_count; i++) {
                if (values[i].rank != INSTANCE_COMMAND_LINE && values[i].is_option == options && n-- == 0)
                        return values[i].word;
        }
        return NULL;
}

char **instance_arguments(unsigned *count)
{
        *count = argument_count;
        return arguments;
}

void instance_values_reset(void)
{
        while (value_count != 0)
                free(values[--value_count].word);
        while (argument_count != 0)
                free(arguments[--argument_count]);
        free(values);
        free(arguments);
        values = NULL;
        arguments = NULL;
        value_room = argument_room = 0;
        arguments_are_taken = false;
}
