/* Lines typed on a virtio console arrive, in order, in a program that sleeps in read. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
        char line[80];
        setvbuf(stdout, NULL, _IOLBF, 0);
        printf("ready\n");
        while (fgets(line, sizeof(line), stdin) != NULL) {
                if (strcmp(line, "end\n") == 0)
                        return 7;
                for (char *c = line; *c != '\0'; c++)
                        *c = (char)toupper((unsigned char)*c);
                printf("got %s", line);
        }
        return 1;
}
