/*
 * hello: prints its arguments and those environment variables that start with HELLO, and returns its first argument as
 * the exit status when it is a number.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

int main(int argc, char **argv)
{
        printf("Hello from Coracle\n");
        for (int i = 1; i < argc; i++)
                printf("argument %d: %s\n", i, argv[i]);
        for (char **e = environ; *e != NULL; e++) {
                if (strncmp(*e, "HELLO", 5) == 0)
                        printf("environment: %s\n", *e);
        }
        return argc > 1 && isdigit((unsigned char)argv[1][0]) ? atoi(argv[1]) : 0;
}
