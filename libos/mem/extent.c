/*
 * Extents of the mapping area: see extent.h.
 *
 * Invariants: extents tile the area; no two neighbours are both free; a node's largest_free is that of its subtree; a
 * parent's priority is not below its children's. Nodes live in pages of their own and never move.
 */
#include "extent.h"
#include "page.h"

#include <errno.h>

#include <coracle/memory.h>
#include <coracle/sched.h>

#define FIRST_NODES    8u   /* enough to start without a page */
#define PATH_MAX_DEPTH 128u /* deeper than any treap that fits in memory will be */

static struct {
        struct spinlock lock;
        struct extent *root;
        struct extent *spare; /* linked through left */
        unsigned spares;
        uint32_t random;
        size_t left_out; /* bytes at the start of the area */
        struct extent first[FIRST_NODES];
} extents;

static void node_put(struct extent *node)
{
        node->left = extents.spare;
        extents.spare = node;
        extents.spares++;
}

static struct extent *node_get(uintptr_t start, size_t bytes, enum extent_kind kind)
{
        struct extent *node = extents.spare;

        extents.spare = node->left;
        extents.spares--;
        /* xorshift32 (Marsaglia 2003): balance needs numbers that look random, not secrets */
        extents.random ^= extents.random << 13;
        extents.random ^= extents.random >> 17;
        extents.random ^= extents.random << 5;
        *node = (struct extent){.start = start, .bytes = bytes, .kind = kind, .priority = extents.random};
        return node;
}

static void node_update(struct extent *node)
{
        size_t largest = node->kind == EXTENT_FREE ? node->bytes : 0;

        if (node->left != NULL && node->left->largest_free > largest)
                largest = node->left->largest_free;
        if (node->right != NULL && node->right->largest_free > largest)
                largest = node->right->largest_free;
        node->largest_free = largest;
}

/* Cuts a tree in two: below `at`, and from it up. */
static void tree_split(struct extent *tree, uintptr_t at, struct extent **below, struct extent **above)
{
        if (tree == NULL) {
                *below = NULL;
                *above = NULL;
                return;
        }
        if (tree->start < at) {
                tree_split(tree->right, at, &tree->right, above);
                *below = tree;
        } else {
                tree_split(tree->left, at, below, &tree->left);
                *above = tree;
        }
        node_update(tree);
}

/* Joins two trees, all of `below` being below all of `above`. */
static struct extent *tree_join(struct extent *below, struct extent *above)
{
        if (below == NULL)
                return above;
        if (above == NULL)
                return below;
        if (below->priority > above->priority) {
                below->right = tree_join(below->right, above);
                node_update(below);
                return below;
        }
        above->left = tree_join(below, above->left);
        node_update(above);
        return above;
}

static void tree_insert(struct extent *node)
{
        struct extent *below, *above;

        tree_split(extents.root, node->start, &below, &above);
        node_update(node);
        extents.root = tree_join(tree_join(below, node), above);
}

static void tree_remove(struct extent *node)
{
        struct extent *below, *rest, *self, *above;

        tree_split(extents.root, node->start, &below, &rest);
        tree_split(rest, node->start + 1, &self, &above);
        extents.root = tree_join(below, above);
        node->left = NULL;
        node->right = NULL;
}

/* After a node's size or kind changed. */
static void tree_refresh(const struct extent *node)
{
        struct extent *path[PATH_MAX_DEPTH];
        unsigned depth = 0;

        for (struct extent *at = extents.root; at != NULL && depth < PATH_MAX_DEPTH;) {
                path[depth++] = at;
                if (at == node)
                        break;
                at = node->start < at->start ? at->left : at->right;
        }
        while (depth > 0)
                node_update(path[--depth]);
}

static void start(void)
{
        const struct platform_boot *boot = platform_boot_info();

        for (unsigned i = 0; i < FIRST_NODES; i++)
                node_put(&extents.first[i]);
        extents.random = 0x9e3779b9u;
        extents.root = node_get((uintptr_t)boot->map_area + extents.left_out, boot->map_area_bytes - extents.left_out,
                                EXTENT_FREE);
        node_update(extents.root);
}

void extents_leave_out(size_t bytes)
{
        extents.left_out = bytes;
}

void extents_lock(void)
{
        spin_lock(&extents.lock);
        if (extents.root == NULL)
                start();
}

void extents_unlock(void)
{
        spin_unlock(&extents.lock);
}

int extents_reserve(unsigned count)
{
        while (extents.spares < count) {
                struct extent *nodes = page_alloc(0);

                if (nodes == NULL)
                        return -ENOMEM;
                for (unsigned i = 0; i < PLATFORM_PAGE_SIZE / sizeof *nodes; i++)
                        node_put(&nodes[i]);
        }
        return 0;
}

static uintptr_t align_up(uintptr_t address, size_t alignment)
{
        return (address + alignment - 1) & ~(alignment - 1);
}

static struct extent *find_free(size_t bytes)
{
        struct extent *node = extents.root;

        if (node == NULL || node->largest_free < bytes)
                return NULL;
        for (;;) {
                if (node->left != NULL && node->left->largest_free >= bytes)
                        node = node->left;
                else if (node->kind == EXTENT_FREE && node->bytes >= bytes)
                        return node;
                else
                        node = node->right;
        }
}

struct extent *extent_alloc(size_t bytes, size_t alignment, enum extent_kind kind)
{
        size_t slack = alignment > PLATFORM_PAGE_SIZE ? alignment - PLATFORM_PAGE_SIZE : 0;
        struct extent *found = bytes == 0 || bytes > SIZE_MAX - slack ? NULL : find_free(bytes + slack);

        if (found == NULL)
                return NULL;
        if (align_up(found->start, alignment) != found->start)
                found = extent_split(found, align_up(found->start, alignment));
        if (found->bytes > bytes)
                extent_split(found, found->start + bytes);
        found->kind = kind;
        tree_refresh(found);
        return found;
}

struct extent *extent_at(uintptr_t address)
{
        struct extent *node = extents.root;

        while (node != NULL && (address < node->start || address - node->start >= node->bytes))
                node = address < node->start ? node->left : node->right;
        return node;
}

struct extent *extent_split(struct extent *extent, uintptr_t at)
{
        struct extent *upper = node_get(at, extent->start + extent->bytes - at, extent->kind);

        extent->bytes = at - extent->start;
        tree_refresh(extent);
        tree_insert(upper);
        return upper;
}

void extent_release(struct extent *extent)
{
        struct extent *above = extent_at(extent->start + extent->bytes);
        struct extent *below = extent_at(extent->start - 1);

        extent->kind = EXTENT_FREE;
        extent->blocks = 0;
        if (above != NULL && above->kind == EXTENT_FREE) {
                extent->bytes += above->bytes;
                tree_remove(above);
                node_put(above);
        }
        if (below != NULL && below->kind == EXTENT_FREE) {
                below->bytes += extent->bytes;
                tree_remove(extent);
                node_put(extent);
                extent = below;
        }
        tree_refresh(extent);
}
