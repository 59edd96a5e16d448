/*
 * The descriptor table: which file each descriptor refers to (coracle/file.h, table.h).
 *
 * Descriptors 0, 1 and 2 are the console from the start, in static memory: a program that opens nothing allocates
 * nothing here. Invariant, under `lock`: every descriptor below `lowest_free` is in use.
 */
#include <errno.h>
#include <stddef.h>

#include <coracle/file.h>
#include <coracle/sched.h>

#include "../console/console.h"
#include "../wait/epoll.h"
#include "table.h"

static struct descriptor initial[DESCRIPTORS_INITIAL] = {
        {&console_file, false},
        {&console_file, false},
        {&console_file, false},
};
struct descriptor_table descriptor_table = {SPINLOCK_INIT, initial, DESCRIPTORS_INITIAL, 3};

void file_init(struct file *file, const struct file_operations *operations, int flags)
{
        file->operations = operations;
        atomic_init(&file->references, 1);
        atomic_init(&file->flags, flags);
}

void file_get(struct file *file)
{
        atomic_fetch_add_explicit(&file->references, 1, memory_order_relaxed);
}

void file_put(struct file *file)
{
        /* Release: what this thread did to the file comes before its end. Acquire: the last one sees all of it. */
        if (atomic_fetch_sub_explicit(&file->references, 1, memory_order_acq_rel) != 1)
                return;
        if (epoll_file_closed != NULL)
                epoll_file_closed(file);
        if (file->operations->close != NULL)
                file->operations->close(file);
}

struct file *file_lookup(int descriptor)
{
        struct descriptor_table *table = &descriptor_table;
        struct file *file = NULL;
        spin_lock(&table->lock);
        if (descriptor >= 0 && descriptor < table->capacity) {
                file = table->entries[descriptor].file;
                if (file != NULL)
                        file_get(file);
        }
        spin_unlock(&table->lock);
        return file;
}

bool descriptor_is(int descriptor, const struct file *file)
{
        struct descriptor_table *table = &descriptor_table;
        spin_lock(&table->lock);
        bool is_it = descriptor >= 0 && descriptor < table->capacity && table->entries[descriptor].file == file;
        spin_unlock(&table->lock);
        return is_it;
}
