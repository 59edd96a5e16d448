/* puts before stdio has started: lines of every kind, and a stream that others write to later. */
#include <stdio.h>
#include <string.h>

#include "../check.h"

int main(void)
{
        static char line[3001];

        memset(line, 'x', sizeof line - 1);
        CHECK(puts("first") >= 0);
        CHECK(puts("") >= 0);
        CHECK(puts("after an empty line") >= 0);
        CHECK(puts(line) >= 0); /* more than a buffer holds: this starts stdio */
        CHECK(puts("short again") >= 0);
        printf("unfinished, ");
        CHECK(puts("finished") >= 0);
        return check_failures;
}
