/*
 * The guest's command line: sorts its words into environment, arguments and options (coracle/options.h).
 *
 * All words live in `text`, unquoted, one after another. `slots` holds the pointers: from the bottom the environment,
 * NULL, the arguments, NULL; from the top downwards the options and the words that hypervisors add. A word takes two
 * bytes of the line at least, so the two can never meet.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <coracle/log.h>
#include <coracle/options.h>

#include "command_line.h"
#include "words.h"

#define SLOTS (COMMAND_LINE_MAX / 2 + 4) /* the words, argv[0], and two NULLs */

static char text[COMMAND_LINE_MAX];
static char *slots[SLOTS];
static char **options_end = slots + SLOTS; /* one beyond the first option */
static char **options_low = slots + SLOTS; /* the last option */

static const char prefix[] = "coracle.";

#define LAST_KEY "metadata"

/* The keys of every room, one string after another; a `coracle.` word that is not here earns a warning. */
static const char known_keys[] = "verbose\0"
                                 "name\0"
                                 "hostname\0"
                                 "status_port\0"
                                 "exit_port\0"
                                 "grace\0"
                                 "ip\0"
                                 "ip6\0"
                                 "ip0\0ip1\0ip2\0ip3\0ip4\0ip5\0"
                                 "ip6_0\0ip6_1\0ip6_2\0ip6_3\0ip6_4\0ip6_5\0"
                                 "dns\0"
                                 "console\0"
                                 "input\0" LAST_KEY "\0";

/* There where instance data is read, which is who heeds the last key: coracle/instance.h. */
extern const char coracle_instance __attribute__((weak));

/* Where hypervisors say where their virtio-mmio devices are; QEMU appends these words to the line, after any "--". */
static const char device_word[] = "virtio_mmio.device=";

/* What follows `start` in `word`; NULL when it does not start so. */
static const char *after(const char *word, const char *start)
{
        while (*start != '\0') {
                if (*word++ != *start++)
                        return NULL;
        }
        return word;
}

static bool fits(const char *line)
{
        size_t length = 0;
        while (length < COMMAND_LINE_MAX && line[length] != '\0')
                length++;
        return length < COMMAND_LINE_MAX;
}

static bool is_same(const char *word, const char *other)
{
        const char *rest = after(word, other);
        return rest != NULL && *rest == '\0';
}

static bool is_name_character(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Whether the word is NAME=VALUE with a name as the environment wants it. */
static bool is_environment(const char *word)
{
        size_t length = 0;
        while (is_name_character(word[length]))
                length++;
        return length != 0 && word[length] == '=' && !(word[0] >= '0' && word[0] <= '9');
}

static void explain(enum word_result error, size_t position, char *why, size_t why_bytes)
{
        if (error == WORD_OPEN_BACKSLASH)
                format_text(why, why_bytes, "command line: it ends in a backslash that quotes nothing");
        else
                format_text(why, why_bytes, "command line: the %c at character %zu has no partner",
                            error == WORD_OPEN_SINGLE ? '\'' : '"', position + 1);
}

/* Takes the device words off the end of the arguments; returns how many arguments remain. */
static int take_device_words(char **argv, int argc)
{
        int kept = argc;
        while (kept > 1 && after(argv[kept - 1], device_word) != NULL)
                kept--;
        for (int i = kept; i < argc; i++)
                *--options_low = argv[i];
        return kept;
}

int command_line_parse(const char *line, struct command_line *result, char *why, size_t why_bytes)
{
        static char default_name[] = "program";
        const char *rest = line;
        char *out = text;
        char **next = slots;
        options_low = options_end;
        if (!fits(line)) {
                format_text(why, why_bytes, "command line: it is longer than %d characters", COMMAND_LINE_MAX - 1);
                return -EINVAL;
        }
        result->environment = next;
        result->argc = 0;
        for (;;) {
                char *word = out;
                enum word_result got = word_next(&rest, &out);
                if (got == WORD_FOUND && result->argc != 0) {
                        result->argv[result->argc++] = word;
                } else if (got == WORD_FOUND && (word[0] != '-' || !is_same(word, "--"))) {
                        if (after(word, prefix) == NULL && is_environment(word))
                                *next++ = word;
                        else
                                *--options_low = word;
                } else if (got == WORD_FOUND || got == WORD_END) {
                        if (result->argc == 0) {
                                *next++ = NULL;
                                result->argv = next;
                                result->argc = 1;
                        }
                        if (got == WORD_END)
                                break;
                } else {
                        explain(got, (size_t)(rest - line), why, why_bytes);
                        return -EINVAL;
                }
        }
        result->argc = take_device_words(result->argv, result->argc);
        result->argv[result->argc] = NULL;
        const char *name = option_get("name");
        result->argv[0] = name != NULL ? (char *)(uintptr_t)name : default_name;
        return 0;
}

/* The value of `word` if it is KEY=VALUE, else NULL. A NULL word is nothing. */
static const char *value_of(const char *word, const char *key)
{
        const char *rest = word == NULL ? NULL : after(word, key);
        return rest != NULL && *rest == '=' ? rest + 1 : NULL;
}

const char *option_get(const char *key)
{
        for (char **option = options_low; option != options_end; option++) {
                const char *value = value_of(after(*option, prefix), key);
                if (value != NULL)
                        return value;
        }
        return NULL;
}

bool option_is(const char *key, const char *value)
{
        const char *got = option_get(key);
        return got != NULL && is_same(got, value);
}

const char *option_word(const char *key, unsigned n)
{
        for (char **option = options_end; option-- != options_low;) {
                const char *value = value_of(*option, key);
                if (value != NULL && n-- == 0)
                        return value;
        }
        return NULL;
}

char **command_line_options(unsigned *count)
{
        *count = (unsigned)(options_end - options_low);
        return options_low;
}

void command_line_set_options(char **first, unsigned count)
{
        options_low = first;
        options_end = first + count;
}

/* Its place among the known keys; where they end: there is no such key. */
static const char *find_key(const char *word)
{
        const char *known = known_keys;
        while (*known != '\0' && value_of(word, known) == NULL) {
                while (*known++ != '\0')
                        continue;
        }
        return known;
}

/* What is wrong with a word of ours, or NULL. */
static const char *fault_of(const char *word)
{
        const char *key = find_key(word);
        if (key == known_keys + sizeof(known_keys) - sizeof(LAST_KEY) - 1 && &coracle_instance == NULL)
                return "needs -linstance";
        if (*key != '\0')
                return NULL;
        while (*word != '\0' && *word != '=')
                word++;
        return *word == '=' ? "is no option" : "has no value";
}

void command_line_check(void)
{
        for (char **option = options_end; option-- != options_low;) {
                const char *word = after(*option, prefix);
                const char *fault = NULL;
                if (word != NULL)
                        fault = fault_of(word);
                else if (after(*option, device_word) == NULL)
                        fault = "is no option";
                if (fault != NULL)
                        log_write(word != NULL ? LOG_WARNING : LOG_INFO, "boot",
                                  "command line: \"%s\" %s; it is ignored", *option, fault);
        }
}
