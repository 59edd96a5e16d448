/* Named semaphores: a list, kept until each is both closed and unlinked. */
#include <errno.h>
#include <limits.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/sched.h>

struct named {
        sem_t semaphore; /* first: the address is the program's */
        struct named *next;
        unsigned open;
        bool unlinked;
        char name[];
};

static struct mutex lock;
static struct named *all;

static struct named **find(const char *name)
{
        struct named **link = &all;

        while (*link != NULL && ((*link)->unlinked || strcmp((*link)->name, name) != 0))
                link = &(*link)->next;
        return link;
}

static struct named *create(const char *name, unsigned value)
{
        struct named *new = calloc(1, sizeof(*new) + strlen(name) + 1);

        if (new == NULL)
                return NULL;
        if (sem_init(&new->semaphore, 0, value) != 0) {
                free(new);
                return NULL;
        }
        strcpy(new->name, name);
        new->next = all;
        all = new;
        return new;
}

sem_t *sem_open(const char *name, int flags, ...)
{
        struct named *named;
        unsigned value = 0;

        if ((flags & O_CREAT) != 0) {
                va_list arguments;

                va_start(arguments, flags);
                va_arg(arguments, mode_t);
                value = va_arg(arguments, unsigned);
                va_end(arguments);
        }
        mutex_lock(&lock);
        named = *find(name);
        if (named != NULL && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) {
                named = NULL;
                errno = EEXIST;
        } else if (named == NULL && (flags & O_CREAT) == 0) {
                errno = ENOENT;
        } else if (named == NULL) {
                named = create(name, value); /* sets errno */
        }
        if (named != NULL)
                named->open++;
        mutex_unlock(&lock);
        return named == NULL ? SEM_FAILED : &named->semaphore;
}

static void drop_if_unused(struct named *named)
{
        struct named **link = &all;

        if (named->open != 0 || !named->unlinked)
                return;
        while (*link != named)
                link = &(*link)->next;
        *link = named->next;
        free(named);
}

int sem_close(sem_t *semaphore)
{
        struct named *named = (struct named *)(void *)semaphore;

        mutex_lock(&lock);
        named->open--;
        drop_if_unused(named);
        mutex_unlock(&lock);
        return 0;
}

int sem_unlink(const char *name)
{
        mutex_lock(&lock);

        struct named *named = *find(name);

        if (named != NULL) {
                named->unlinked = true;
                drop_if_unused(named);
        }
        mutex_unlock(&lock);
        if (named == NULL)
                errno = ENOENT;
        return named == NULL ? -1 : 0;
}
