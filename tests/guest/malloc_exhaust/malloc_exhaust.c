/* malloc until there is no more: NULL and ENOMEM, everything else goes on, and all of it can be freed and had again. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECES 4096

static char *pieces[PIECES];

static size_t fill(size_t bytes)
{
        size_t count = 0;
        for (; count < PIECES && (pieces[count] = malloc(bytes)) != NULL; count++)
                memset(pieces[count], (int)(count % 100), bytes);
        return count;
}

static void *run(void *argument)
{
        return argument;
}

int main(void)
{
        size_t first = 0, last = 0;
        for (int round = 0; round < 5; round++) {
                errno = 0;
                size_t count = fill(16384);
                if (count == PIECES || errno != ENOMEM)
                        printf("round %d: no ENOMEM\n", round);
                for (size_t i = 0; i < count; i++)
                        if (pieces[i][16383] != (char)(i % 100))
                                printf("round %d: piece %zu changed\n", round, i);
                pthread_t thread;
                free(pieces[0]); /* room for what pthread_create itself allocates */
                pieces[0] = NULL;
                if (pthread_create(&thread, NULL, run, NULL) != 0 || pthread_join(thread, NULL) != 0)
                        printf("round %d: no thread can be made\n", round);
                for (size_t i = 0; i < count; i++)
                        free(pieces[i]);
                first = round == 0 ? count : first;
                last = count;
        }
        printf("%zu pieces at first\n", first);
        printf(last + 16 >= first ? "as many at last\n" : "only %zu at last\n", last);

        errno = 0;
        void *huge = malloc((size_t)1 << 46);
        printf(huge == NULL && errno == ENOMEM ? "huge: refused\n" : "huge: %p\n", huge);
        size_t volatile half = (size_t)1 << 63;
        void *overflowing = calloc(half, 2);
        printf(overflowing == NULL ? "overflow: refused\n" : "overflow: given\n");
        free(overflowing);
        overflowing = reallocarray(NULL, half, 2);
        printf(overflowing == NULL ? "reallocarray: refused\n" : "reallocarray: given\n");
        free(overflowing);
        for (size_t alignment = 16; alignment <= 65536; alignment *= 2) {
                void *a = NULL, *b = aligned_alloc(alignment, alignment * 2), *c = memalign(alignment, 100);
                if (posix_memalign(&a, alignment, 100) != 0 || (size_t)a % alignment != 0 ||
                    (size_t)b % alignment != 0 || (size_t)c % alignment != 0 || b == NULL || c == NULL ||
                    malloc_usable_size(a) < 100)
                        printf("alignment %zu: wrong\n", alignment);
                free(a);
                free(b);
                free(c);
        }
        char *zero = calloc(1000, 1000);
        size_t dirty = 0;
        for (size_t i = 0; zero != NULL && i < 1000000; i++)
                dirty += zero[i] != 0;
        printf(zero != NULL && dirty == 0 ? "calloc: zero\n" : "calloc: not zero\n");
        return 0;
}
