/* Changes to the descriptor table: installing files, growing, taking files out (table.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

/*
 * Makes room for `descriptor`. Called without the lock, because malloc may sleep; returns 0 when there is room by now,
 * whoever made it.
 */
static int grow(int descriptor)
{
        struct descriptor_table *table = &descriptor_table;
        if (descriptor >= DESCRIPTORS_MAX)
                return -EMFILE;
        int capacity = table->capacity;
        while (capacity <= descriptor)
                capacity *= 2;
        struct descriptor *larger = calloc((size_t)capacity, sizeof(*larger));
        if (larger == NULL)
                return -ENOMEM;
        struct descriptor *unused = larger;
        spin_lock(&table->lock);
        if (table->capacity < capacity) {
                memcpy(larger, table->entries, (size_t)table->capacity * sizeof(*larger));
                unused = table->capacity == DESCRIPTORS_INITIAL ? NULL : table->entries;
                table->entries = larger;
                table->capacity = capacity;
        }
        spin_unlock(&table->lock);
        free(unused);
        return 0;
}

/* The lowest free descriptor >= minimum; may be the capacity. The lock is held. */
static int find_free(const struct descriptor_table *table, int minimum)
{
        int descriptor = minimum > table->lowest_free ? minimum : table->lowest_free;
        while (descriptor < table->capacity && table->entries[descriptor].file != NULL)
                descriptor++;
        return descriptor;
}

int descriptor_install(struct file *file, int minimum, bool close_on_exec)
{
        struct descriptor_table *table = &descriptor_table;
        for (;;) {
                spin_lock(&table->lock);
                int descriptor = find_free(table, minimum);
                if (descriptor < table->capacity) {
                        table->entries[descriptor] = (struct descriptor){file, close_on_exec};
                        if (minimum <= table->lowest_free)
                                table->lowest_free = descriptor + 1;
                }
                int capacity = table->capacity;
                spin_unlock(&table->lock);
                if (descriptor < capacity)
                        return descriptor;
                int error = grow(descriptor);
                if (error != 0)
                        return -EMFILE;
        }
}

int file_install(struct file *file, int minimum)
{
        return descriptor_install(file, minimum, false);
}

int descriptor_replace(int descriptor, struct file *file, bool close_on_exec, struct file **old)
{
        struct descriptor_table *table = &descriptor_table;
        *old = NULL;
        if (descriptor < 0 || descriptor >= DESCRIPTORS_MAX)
                return -EBADF;
        for (;;) {
                spin_lock(&table->lock);
                bool fits = descriptor < table->capacity;
                if (fits) {
                        *old = table->entries[descriptor].file;
                        table->entries[descriptor] = (struct descriptor){file, close_on_exec};
                }
                spin_unlock(&table->lock);
                if (fits)
                        return descriptor;
                int error = grow(descriptor);
                if (error != 0)
                        return error;
        }
}

struct file *descriptor_remove(int descriptor)
{
        struct descriptor_table *table = &descriptor_table;
        struct file *file = NULL;
        spin_lock(&table->lock);
        if (descriptor >= 0 && descriptor < table->capacity) {
                file = table->entries[descriptor].file;
                table->entries[descriptor] = (struct descriptor){NULL, false};
                if (file != NULL && descriptor < table->lowest_free)
                        table->lowest_free = descriptor;
        }
        spin_unlock(&table->lock);
        return file;
}

int descriptor_close_on_exec(int descriptor)
{
        struct descriptor_table *table = &descriptor_table;
        int result = -EBADF;
        spin_lock(&table->lock);
        if (descriptor >= 0 && descriptor < table->capacity && table->entries[descriptor].file != NULL)
                result = table->entries[descriptor].close_on_exec ? 1 : 0;
        spin_unlock(&table->lock);
        return result;
}

int descriptor_set_close_on_exec(int descriptor, bool close_on_exec)
{
        struct descriptor_table *table = &descriptor_table;
        int result = -EBADF;
        spin_lock(&table->lock);
        if (descriptor >= 0 && descriptor < table->capacity && table->entries[descriptor].file != NULL) {
                table->entries[descriptor].close_on_exec = close_on_exec;
                result = 0;
        }
        spin_unlock(&table->lock);
        return result;
}
