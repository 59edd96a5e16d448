/* What is piped into `coracle run` arrives byte for byte, and then the file ends, for good. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
        unsigned sum = 0;
        int count = 0, c;
        puts("ready");
        while ((c = getchar()) != EOF) {
                count++;
                sum = sum * 31 + (unsigned)c;
        }
        char byte;
        printf("%d bytes, sum %u, end %d, then %d %d\n", count, sum, feof(stdin) != 0, (int)read(0, &byte, 1),
               (int)read(0, &byte, 1));
        return 0;
}
