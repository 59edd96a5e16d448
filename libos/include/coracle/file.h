/*
 * Open files: what a descriptor refers to. A kind of file (console, image file, socket, epoll) embeds struct file in
 * its own structure and supplies its operations; libos/posix owns the descriptor table.
 *
 * Operations are called by threads, with a reference held, no lock held, and return a negative errno on failure.
 * A NULL operation gives the error POSIX names for it (EINVAL, ESPIPE, ENOTTY, ENODEV, ...).
 */
#ifndef CORACLE_FILE_H
#define CORACLE_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <coracle/list.h>
#include <coracle/sched.h>

struct iovec;
struct stat;
struct dirent;
struct file;

/*
 * Readiness. A file that can block embeds a poll_source and calls poll_notify whenever readiness may have appeared;
 * poll, select and epoll add watchers. fn is called from any context, interrupts disabled: it may only wake.
 */
struct poll_source {
        struct spinlock lock;
        struct list watchers;
};
struct poll_watcher {
        struct list link;
        void (*fn)(struct poll_watcher *watcher, short events);
        void *ctx;
};
void poll_source_init(struct poll_source *source);
void poll_notify(struct poll_source *source, short events); /* POLLIN, POLLOUT, ... that may now hold */
void poll_watch(struct poll_source *source, struct poll_watcher *watcher);
void poll_unwatch(struct poll_source *source, struct poll_watcher *watcher); /* after return fn is not running */

/* Reading or writing that goes on after the call (aio.h). */
struct file_transfer {
        const struct iovec *vector; /* stays valid, as the memory does, until done */
        int count;
        bool writes;
        off_t at;
        /* Called once, from any context, interrupts perhaps disabled: bytes, or a negative errno. */
        void (*done)(struct file_transfer *transfer, ssize_t result);
        void *own[8]; /* the file's */
};

#define FILE_AT_OFFSET (-1) /* `at`: use and advance the file's own offset */

struct file_operations {
        const char *kind; /* "console", "image file", "tcp socket": for messages and /metrics */
        /* at: absolute offset (pread, pwrite) or FILE_AT_OFFSET. Return bytes moved, 0 at end of file. */
        ssize_t (*read)(struct file *file, const struct iovec *vector, int count, off_t at);
        ssize_t (*write)(struct file *file, const struct iovec *vector, int count, off_t at);
        /*
         * Starts a transfer. 0: done is called, perhaps before this returns, whatever becomes of the file; else an
         * error and it is not. NULL: read and write do for it. A transfer of 0 pieces is what sync does.
         */
        int (*start)(struct file *file, struct file_transfer *transfer);
        off_t (*seek)(struct file *file, off_t offset, int whence);
        int (*stat)(struct file *file, struct stat *status);
        int (*truncate)(struct file *file, off_t length);
        int (*sync)(struct file *file);
        int (*next_entry)(struct file *file, struct dirent *entry); /* 1 an entry, 0 the end */
        int (*control)(struct file *file, unsigned long request, void *argument);
        int (*map)(struct file *file, off_t offset, size_t bytes, void **address); /* without a copy, read-only */
        short (*poll)(struct file *file);                      /* what holds now; NULL: always readable and writable */
        struct poll_source *(*poll_source)(struct file *file); /* NULL with poll NULL */
        void (*close)(struct file *file);                      /* the last reference is gone: free it */
};

struct file {
        const struct file_operations *operations;
        atomic_uint references;
        atomic_int flags; /* O_NONBLOCK, O_APPEND and the access mode */
};

/* Initialises with one reference, which file_install takes over. */
void file_init(struct file *file, const struct file_operations *operations, int flags);
void file_get(struct file *file);
void file_put(struct file *file);

/* Gives the file the lowest free descriptor >= minimum. Returns it, or -EMFILE (the reference stays the caller's). */
int file_install(struct file *file, int minimum);

/* The file behind a descriptor, with a reference to be put; NULL when there is none. */
struct file *file_lookup(int descriptor);

#endif
