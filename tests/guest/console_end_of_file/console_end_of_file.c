/* As on a terminal, Return reads as a newline and Ctrl-D at the start of a read is the end of the file. */
#include <stdio.h>
#include <string.h>

int main(void)
{
        char line[80];
        int count = 0;
        puts("ready");
        while (fgets(line, sizeof(line), stdin) != NULL) {
                line[strcspn(line, "\n")] = '\0';
                printf("line %d [%s]\n", ++count, line);
        }
        printf("end of file %d\n", feof(stdin) != 0);
        return count;
}
