/* Finds KEY=VALUE words in the raw command line; see command_line.h. */
#include <command_line.h>

#include <string.h>

#include <coracle/options.h>

/* A blank that is quoted, as in a shell, does not end the word. */
static size_t word_length(const char *word)
{
        size_t length = 0;
        char quote = '\0';
        for (; word[length] != '\0' && (quote != '\0' || !option_is_blank(word[length])); length++) {
                const char c = word[length];
                if (c == '\\' && quote != '\'' && word[length + 1] != '\0')
                        length++;
                else if (quote == '\0' && (c == '\'' || c == '"'))
                        quote = c;
                else if (c == quote)
                        quote = '\0';
        }
        return length;
}

const char *command_line_find(const char *line, const char *key, size_t *length)
{
        const size_t key_length = strlen(key);
        const char *found = NULL;
        while (*line != '\0') {
                while (option_is_blank(*line))
                        line++;
                const size_t bytes = word_length(line);
                if (bytes == 2 && line[0] == '-' && line[1] == '-')
                        break;
                if (bytes > key_length && line[key_length] == '=' && memcmp(line, key, key_length) == 0) {
                        found = line + key_length + 1;
                        *length = bytes - key_length - 1;
                }
                line += bytes;
        }
        return found;
}

static int digit_of(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return 16;
}

bool command_line_number(const char *line, const char *key, uint64_t max, uint64_t *value)
{
        size_t length = 0;
        const char *text = command_line_find(line, key, &length);
        if (text == NULL)
                return false;
        unsigned base = 10;
        if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
                base = 16;
                text += 2;
                length -= 2;
        }
        if (length == 0)
                return false;
        uint64_t number = 0;
        for (size_t i = 0; i < length; i++) {
                const unsigned digit = (unsigned)digit_of(text[i]);
                if (digit >= base || digit > max || number > (max - digit) / base)
                        return false;
                number = number * base + digit;
        }
        *value = number;
        return true;
}
