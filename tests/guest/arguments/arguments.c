/* The command line reaches main: arguments with a shell's quoting, environment, and the status goes out. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv, char **environment)
{
        for (int i = 1; i < argc; i++)
                printf("argument %d [%s]\n", i, argv[i]);
        printf("end %s\n", argv[argc] == NULL ? "NULL" : argv[argc]);
        for (char **word = environment; *word != NULL; word++)
                printf("environment [%s]\n", *word);
        printf("getenv [%s] [%s]\n", getenv("PLAIN"), getenv("QUOTED"));
        setenv("NEW", "value", 1);
        unsetenv("PLAIN");
        printf("changed [%s] [%s]\n", getenv("NEW"), getenv("PLAIN") == NULL ? "unset" : "set");
        return 42;
}
