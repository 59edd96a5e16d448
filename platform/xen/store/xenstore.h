/*
 * A client of xenstore (public/io/xs_wire.h; docs/misc/xenstore.txt of Xen's sources): the tree of keys in which
 * toolstack, backends and guests tell each other what they have.
 *
 * A key is `directory`/`name`; name NULL means the directory itself. A path that does not start with / is relative to
 * this domain's own ("device/vif/0"). Every call asks the store and waits for the answer, XENSTORE_TIMEOUT at most:
 * threads only, no spinlock held. Calls of several threads go one after the other.
 *
 * Errors of every call: what the store said (-ENOENT, -EACCES, ...); -ENODEV: there is no store; -ETIMEDOUT: it did not
 * answer; -ENAMETOOLONG; -EIO: it wrote nonsense once (the console says what), and is not asked any more.
 */
#ifndef CORACLE_XEN_XENSTORE_H
#define CORACLE_XEN_XENSTORE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <coracle/list.h>

#define XENSTORE_TIMEOUT   10000000000ull /* nanoseconds */
#define XENSTORE_PATH_MAX  128u           /* of the keys that drivers use, the final NUL included */
#define XENSTORE_VALUE_MAX 128u           /* enough for any value that drivers read */

/* A transaction's number; 0 (XENSTORE_ALONE): each call for itself. */
typedef uint32_t xenstore_transaction;
#define XENSTORE_ALONE 0u

/* Reads a key into `value`, NUL-terminated. Returns its length; -E2BIG: longer than fits, or with a NUL inside. */
int xenstore_read(xenstore_transaction transaction, const char *directory, const char *name, char *value, size_t bytes);

/* Reads a decimal number. Returns 0; -EINVAL: it is none, or greater than `most`. */
int xenstore_read_number(xenstore_transaction transaction, const char *directory, const char *name, uint64_t most,
                         uint64_t *number);

/*
 * Reads the names below a key: one after the other, each NUL-terminated. Returns how many; -E2BIG: they do not fit.
 */
int xenstore_list(xenstore_transaction transaction, const char *directory, const char *name, char *names, size_t bytes);

/* Writes a key, making it and its parents if need be. */
int xenstore_write(xenstore_transaction transaction, const char *directory, const char *name, const char *value);
int xenstore_write_number(xenstore_transaction transaction, const char *directory, const char *name, uint64_t number);

int xenstore_make(xenstore_transaction transaction, const char *directory, const char *name);
int xenstore_remove(xenstore_transaction transaction, const char *directory, const char *name);

/*
 * Runs body(transaction, ctx) as one transaction: again and again while the store answers EAGAIN at its end because
 * somebody else wrote meanwhile (XENSTORE_ATTEMPTS times, then -EAGAIN). A body that returns an error ends the
 * transaction with nothing written; that error is returned.
 */
#define XENSTORE_ATTEMPTS 16u
int xenstore_transact(int (*body)(xenstore_transaction transaction, void *ctx), void *ctx);

/*
 * A watch: changed(ctx) is called, in the thread "xenstore", once soon after the start and then after each change of
 * the key or of something below it. Several changes may come as one call. It may call everything here, and sleep. The
 * structure and `path` are the caller's and stay valid until xenstore_unwatch has returned.
 */
struct xenstore_watch {
        const char *path; /* set these three */
        void (*changed)(void *ctx);
        void *ctx;
        struct list link; /* xenstore's own */
        uint32_t token;
        atomic_bool fired;
};

int xenstore_watch(struct xenstore_watch *watch);

/* Has `changed` called soon, as if the key had changed. From any context, interrupts included. */
void xenstore_poke(struct xenstore_watch *watch);

/* After return `changed` is not called any more, unless it is `changed` itself that calls. */
int xenstore_unwatch(struct xenstore_watch *watch);

#endif
