/* getline and getdelim (POSIX.1-2024, XSH getdelim): newlib has them under names of its own. */
#include <stdio.h>

ssize_t getline(char **restrict line, size_t *restrict bytes, FILE *restrict stream)
{
        return __getline(line, bytes, stream);
}

ssize_t getdelim(char **restrict line, size_t *restrict bytes, int delimiter, FILE *restrict stream)
{
        return __getdelim(line, bytes, delimiter, stream);
}
