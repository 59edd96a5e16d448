/* Standard streams on the console: their buffers, other buffers, and other files in their place. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"

static void long_line(size_t length)
{
        for (size_t i = 0; i < length; i++)
                putchar("0123456789"[i % 10]);
        putchar('\n');
}

int main(void)
{
        char line[16];
        static char mine[16];

        puts("printed");
        CHECK(fgets(line, sizeof line, stdin) != NULL && strcmp(line, "typed\n") == 0);
        CHECK(mallinfo().arena == 0); /* no memory was asked for */
        long_line(3000);              /* more than a buffer holds */

        errno = 0;
        char *text = NULL;
        CHECK(asprintf(&text, "%3000d|", 7) == 3001 && text[2999] == '7' && text[3000] == '|');
        free(text);
        CHECK(errno == 0);

        FILE *terminal = fopen("/dev/null", "w");
        CHECK(terminal != NULL && fputs("nowhere", terminal) >= 0 && fclose(terminal) == 0);

        CHECK(setvbuf(stdout, NULL, _IONBF, 0) == 0);
        printf("unbuffered,");
        CHECK(setvbuf(stdout, mine, _IOFBF, sizeof mine) == 0);
        printf("mine,");
        fprintf(stderr, "error,");
        CHECK(memcmp(mine, "mine,", 5) == 0);
        fflush(stdout);
        CHECK(setvbuf(stdout, NULL, _IOLBF, 0) == 0);
        printf("line");
        fprintf(stderr, ",first,");
        printf("\n");

        CHECK(freopen("/dev/null", "w", stdout) == stdout);
        for (int i = 0; i < 1000; i++)
                printf("nobody sees this\n");
        CHECK(fclose(stdout) == 0);
        fprintf(stderr, "end\n");
        return check_failures;
}
