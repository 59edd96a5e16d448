/*
 * Process 1 of the Linux peer: runs the program (whose main the compiler renamed) and stays, as the kernel panics when
 * process 1 ends, and what is still in the console's queue is lost then.
 */
#undef main
#include <stdio.h>
#include <unistd.h>

int program_main(int argc, char **argv, char **environment);

int main(int argc, char **argv, char **environment)
{
        program_main(argc, argv, environment);
        fflush(stdout);
        for (;;)
                pause();
}
