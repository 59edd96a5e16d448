/* The inside of the descriptor table, for the functions that change it. Everybody else uses coracle/file.h. */
#ifndef CORACLE_POSIX_TABLE_H
#define CORACLE_POSIX_TABLE_H

#include <stdbool.h>

#include <coracle/file.h>
#include <coracle/sched.h>

#define DESCRIPTORS_INITIAL 4
#define DESCRIPTORS_MAX     65536

struct descriptor {
        struct file *file; /* holds a reference; NULL: free */
        bool close_on_exec;
};

struct descriptor_table {
        struct spinlock lock;
        struct descriptor *entries;
        int capacity;
        int lowest_free; /* every descriptor below is in use */
};

extern struct descriptor_table descriptor_table;

/* Whether the descriptor refers to the file. False for one that is not open. */
bool descriptor_is(int descriptor, const struct file *file);

/*
 * Puts the file at `descriptor`, whose old file, if any, goes to *old with its reference. Returns the descriptor,
 * -EBADF (out of range), -ENOMEM. Takes over the caller's reference.
 */
int descriptor_replace(int descriptor, struct file *file, bool close_on_exec, struct file **old);

/* file_install, with the close-on-exec flag. */
int descriptor_install(struct file *file, int minimum, bool close_on_exec);

/* Takes the file out of the table, with its reference. NULL: not open. */
struct file *descriptor_remove(int descriptor);

/*
 * read and write with everything that POSIX checks, at an offset or FILE_AT_OFFSET. Return bytes or a negative errno.
 * The vector is one that vector_check has passed.
 */
struct iovec;
ssize_t descriptor_read(int descriptor, const struct iovec *vector, int count, off_t at);
ssize_t descriptor_write(int descriptor, const struct iovec *vector, int count, off_t at);

/* Gets and sets the close-on-exec flag. Both return -EBADF when the descriptor is not open. */
int descriptor_close_on_exec(int descriptor);
int descriptor_set_close_on_exec(int descriptor, bool close_on_exec);

#endif
