/* Two threads print lines, each in one write: no line is broken up by the other thread's. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINES 1000
#define BYTES 100

static void *print(void *letter)
{
        char line[BYTES];
        memset(line, *(const char *)letter, sizeof line);
        line[BYTES - 1] = '\n';
        for (int i = 0; i < LINES; i++)
                if (write(STDOUT_FILENO, line, sizeof line) != BYTES)
                        return letter;
        return NULL;
}

int main(void)
{
        pthread_t other;
        void *failed;
        if (pthread_create(&other, NULL, print, "a") != 0)
                return 1;
        const int mine = print("b") != NULL;
        return pthread_join(other, &failed) != 0 || failed != NULL || mine;
}
