/* Words that QEMU appends after "--" for its devices are no arguments of the program. */
#include <stdio.h>

int main(int argc, char **argv)
{
        printf("%d arguments, the last %s\n", argc - 1, argv[argc - 1]);
        return 0;
}
