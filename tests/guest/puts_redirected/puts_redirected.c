/* The first puts, when descriptor 1 is no longer the console: the line goes where the descriptor leads. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"

int main(void)
{
        static const char expected[] = "not for the console\n";
        char got[64] = "";
        int ends[2];

        CHECK(pipe(ends) == 0);
        int console = dup(1);
        CHECK(console > 2 && dup2(ends[1], 1) == 1);
        CHECK(puts("not for the console") >= 0 && fflush(stdout) == 0);
        CHECK(read(ends[0], got, sizeof got - 1) == (ssize_t)strlen(expected) && strcmp(got, expected) == 0);

        CHECK(dup2(console, 1) == 1);
        puts("for the console");

        close(1);
        CHECK(puts("for nobody") == EOF || fflush(stdout) == EOF);
        return check_failures;
}
