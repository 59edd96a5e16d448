/* Composes the guest's command line; see words.h. */
#include "words.h"

#include <string.h>

void words_add_name(struct text *line, const char *image)
{
        const char *slash = strrchr(image, '/');
        struct text name = {0};
        text_add(&name, "%s", slash != NULL ? slash + 1 : image);
        if (name.length > 4 && strcmp(name.bytes + name.length - 4, ".elf") == 0)
                name.bytes[name.length - 4] = '\0';
        text_add(line, " coracle.name=");
        text_add_quoted(line, name.bytes);
        text_free(&name);
}

void words_add_rest(struct text *line, const struct list *append, const struct list *environment,
                    char *const *arguments, size_t argument_count)
{
        for (size_t i = 0; i < append->count; i++)
                text_add(line, " %s", append->items[i]);
        for (size_t i = 0; i < environment->count; i++) {
                const char *word = environment->items[i];
                const size_t name = strcspn(word, "=") + 1;
                text_add(line, " %.*s", (int)name, word);
                if (word[name] != '\0')
                        text_add_quoted(line, word + name);
        }
        if (argument_count != 0)
                text_add(line, " --");
        for (size_t i = 0; i < argument_count; i++) {
                text_add(line, " ");
                text_add_quoted(line, arguments[i]);
        }
}
