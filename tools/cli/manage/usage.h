/* What a guest in the background uses of the host: processor, memory, network. */
#ifndef CLI_MANAGE_USAGE_H
#define CLI_MANAGE_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../instances/name.h"
#include "../instances/store.h"

struct usage {
        char name[INSTANCE_NAME_MAX + 1];
        double started;        /* seconds since 1970 */
        int process;           /* QEMU's; 0: the supervisor did not answer */
        double cpu_s;          /* that QEMU has used */
        uint64_t resident_kib; /* of QEMU */
        bool has_bytes;
        unsigned watch;    /* bytes of two looks with the same number can be compared */
        uint64_t bytes[2]; /* that the guest's network brought in, took out */
};

struct usages {
        struct usage *items;
        size_t count;
        double at; /* seconds of the monotonic clock */
};

/* Looks at all guests of `names` that run. The caller frees. */
void usages_take(struct usages *usages, const struct store *store, const struct list *names);
void usages_free(struct usages *usages);

/* The same guest, with the same QEMU, in an earlier look, or NULL. */
const struct usage *usages_find(const struct usages *usages, const struct usage *usage);

#endif
