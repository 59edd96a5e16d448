/* Eight threads allocate, resize, hand to each other and free at random; no byte changes on the way. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 200
#define STEPS 20000

struct piece {
        size_t bytes;
        unsigned char data[];
};

static struct piece *slots[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint32_t next(uint32_t *state)
{
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        return *state;
}

static int is_whole(const struct piece *piece)
{
        for (size_t i = 0; i < piece->bytes; i++)
                if (piece->data[i] != (unsigned char)(piece->bytes + i))
                        return 0;
        return 1;
}

static void fill(struct piece *piece, size_t bytes)
{
        piece->bytes = bytes;
        for (size_t i = 0; i < bytes; i++)
                piece->data[i] = (unsigned char)(bytes + i);
}

static void *run(void *argument)
{
        uint32_t state = 12345 + (uint32_t)(uintptr_t)argument * 7919;
        intptr_t broken = 0;
        for (int i = 0; i < STEPS; i++) {
                size_t bytes = next(&state) % 50 == 0 ? next(&state) % 60000 : next(&state) % 300;
                struct piece *mine = malloc(sizeof(*mine) + bytes);
                if (mine == NULL)
                        continue;
                fill(mine, bytes);
                if (next(&state) % 4 == 0) {
                        bytes = next(&state) % 1000;
                        struct piece *moved = realloc(mine, sizeof(*mine) + bytes);
                        mine = moved == NULL ? mine : moved;
                        if (moved != NULL)
                                fill(mine, bytes);
                }
                unsigned slot = next(&state) % SLOTS;
                pthread_mutex_lock(&lock);
                struct piece *other = slots[slot];
                slots[slot] = mine;
                pthread_mutex_unlock(&lock);
                if (other != NULL) {
                        broken += !is_whole(other);
                        free(other);
                }
        }
        return (void *)broken;
}

int main(void)
{
        pthread_t threads[8];
        intptr_t broken = 0;
        for (intptr_t i = 0; i < 8; i++)
                pthread_create(&threads[i], NULL, run, (void *)i);
        for (int i = 0; i < 8; i++) {
                void *result;
                pthread_join(threads[i], &result);
                broken += (intptr_t)result;
        }
        for (int i = 0; i < SLOTS; i++)
                free(slots[i]);
        printf("%d pieces broken\n", (int)broken);
        return 0;
}
