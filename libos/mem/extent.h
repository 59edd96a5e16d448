/*
 * The mapping area's address space, cut into extents: every address belongs to exactly one. A binary search tree by
 * address in which each node knows the largest free extent below it (a treap: balanced by random priorities).
 */
#ifndef CORACLE_MEM_EXTENT_H
#define CORACLE_MEM_EXTENT_H

#include <stddef.h>
#include <stdint.h>

enum extent_kind {
        EXTENT_FREE,
        EXTENT_SPACE,  /* handed out as bare address space */
        EXTENT_GUARD,  /* below a region, never mapped */
        EXTENT_REGION, /* backed by `blocks` from its first address to its last, or not at all when that is 0 */
        EXTENT_BUSY    /* a region being given back */
};

struct extent {
        uintptr_t start;
        size_t bytes;
        uint32_t blocks; /* first of the chain of page blocks behind it, in address order */
        uint32_t priority;
        enum extent_kind kind;
        size_t largest_free; /* in this subtree */
        struct extent *left, *right;
};

/* Before any other function here, once: leaves the first `bytes` of the mapping area to the caller, for good. */
void extents_leave_out(size_t bytes);

/* All of these are called with the extent lock held, between extents_lock and extents_unlock. */
void extents_lock(void);
void extents_unlock(void);

/* Makes sure that the next operations find `count` spare nodes. Returns 0 or -ENOMEM. */
int extents_reserve(unsigned count);

/* Takes the lowest free range that fits. Needs 2 spare nodes. NULL when there is none. */
struct extent *extent_alloc(size_t bytes, size_t alignment, enum extent_kind kind);

/* The extent that holds the address; NULL outside the mapping area. */
struct extent *extent_at(uintptr_t address);

/*
 * Cuts an extent in two at an address inside it; returns the upper one. Needs a spare node. The blocks stay with the
 * lower one.
 */
struct extent *extent_split(struct extent *extent, uintptr_t at);

/* Makes an extent free and joins it with its free neighbours; the pointer is invalid afterwards. */
void extent_release(struct extent *extent);

#endif
