/*
 * Values of each thread. They are in thread-local storage, so that reading one needs no lock and no memory; a key that
 * was deleted and created again has another generation, and old values of it read as NULL.
 */
#include <errno.h>

#include "pthread_self.h"

struct key {
        void (*destructor)(void *value);
        unsigned generation; /* odd while the key exists */
};

static struct spinlock lock;
static struct key keys[PTHREAD_KEYS_MAX];

static _Thread_local struct {
        const void *value;
        unsigned generation;
} values[PTHREAD_KEYS_MAX];

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
        int error = EAGAIN;

        spin_lock(&lock);
        for (unsigned i = 0; i < PTHREAD_KEYS_MAX; i++) {
                if (keys[i].generation % 2 == 0) {
                        keys[i].generation++;
                        keys[i].destructor = destructor;
                        *key = i;
                        error = 0;
                        break;
                }
        }
        spin_unlock(&lock);
        return error;
}

static bool exists(pthread_key_t key)
{
        return key < PTHREAD_KEYS_MAX && keys[key].generation % 2 == 1;
}

int pthread_key_delete(pthread_key_t key)
{
        int error = EINVAL;

        spin_lock(&lock);
        if (exists(key)) {
                keys[key].generation++;
                error = 0;
        }
        spin_unlock(&lock);
        return error;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
        if (!exists(key))
                return EINVAL;
        values[key].value = value;
        values[key].generation = keys[key].generation;
        return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
        if (key >= PTHREAD_KEYS_MAX || values[key].generation != keys[key].generation)
                return NULL;
        return (void *)values[key].value;
}

/* Takes a value and the destructor to call with it; NULL when there is nothing to destroy. */
static void *take(pthread_key_t key, void (**destructor)(void *))
{
        void *value = NULL;

        spin_lock(&lock);
        if (exists(key) && keys[key].destructor != NULL) {
                value = pthread_getspecific(key);
                *destructor = keys[key].destructor;
                values[key].value = NULL;
        }
        spin_unlock(&lock);
        return value;
}

void keys_destroy(void)
{
        bool again = true;

        for (int round = 0; again && round < PTHREAD_DESTRUCTOR_ITERATIONS; round++) {
                again = false;
                for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++) {
                        void (*destructor)(void *);
                        void *value = values[key].value == NULL ? NULL : take(key, &destructor);

                        if (value != NULL) {
                                destructor(value);
                                again = true;
                        }
                }
        }
}
