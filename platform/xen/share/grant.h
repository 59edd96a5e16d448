/*
 * The grant table, version 1 (public/grant_table.h): which pages of this guest other domains may use.
 *
 * A grant is a reference (a number for the other domain) to one page. Granting and revoking are a few writes to memory,
 * no hypercall; the table grows by a frame of 512 references when it is full, up to GRANT_FRAMES_MAX. From any context.
 */
#ifndef CORACLE_XEN_GRANT_H
#define CORACLE_XEN_GRANT_H

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t grant_reference;

#define GRANT_NONE       0u  /* never handed out: the first references are the toolstack's */
#define GRANT_FRAMES_MAX 32u /* frames of 512 references */

/*
 * Lets `domain` use the page that holds `pointer` (direct map or image: what platform_dma_address knows), read-only or
 * for writing too. The reference goes into *reference.
 * Returns 0; -EINVAL: no such page; -ENOSPC: the table is full and cannot grow; -ENODEV off Xen.
 */
int grant_page(uint16_t domain, const void *pointer, bool read_only, grant_reference *reference);

/*
 * Takes a grant back. Returns 0: the other domain cannot use the page any more, and the page may be used for something
 * else. -EBUSY: it still does (it has the page mapped); the reference is lost for good and counted, and the page must
 * never be freed or reused. -EINVAL: not a granted reference.
 */
int grant_revoke(grant_reference reference);

/* The same, for what must not be lost: -EBUSY leaves the grant as it is, to be tried again. */
int grant_try_revoke(grant_reference reference);

/*
 * Whether the other domain is using the page right now (has it mapped). The answer may be old at once, unless the
 * protocol says that the other side is done with it.
 */
bool grant_in_use(grant_reference reference);

struct grant_statistics {
        unsigned granted; /* references in use now */
        unsigned lost;    /* revoked while the other side still used them */
        unsigned frames;
};
void grant_statistics(struct grant_statistics *statistics);

#endif
