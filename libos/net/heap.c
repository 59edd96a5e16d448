/*
 * The stack's memory: packets, control blocks and sockets, out of the page allocator, bounded.
 *
 * Blocks up to SLAB_LARGEST bytes come from slabs of two pages that hold one size class each; larger ones are pages
 * of their own. Invariant: a slab is on its class's list exactly when it has a free block. A slab that is wholly
 * free goes back to the page allocator unless it is the last of its class with room, so that no class keeps what
 * another needs. Every block is direct-map memory, which devices can read. Under the core lock.
 */
#include <errno.h>
#include <string.h>

#include <platform.h>
#include <coracle/list.h>
#include <coracle/memory.h>

#include "network.h"

#include "lwip/arch.h"

#define SLAB_ORDER   1u
#define SLAB_BYTES   (PLATFORM_PAGE_SIZE << SLAB_ORDER)
#define SLAB_HEADER  64u
#define SLAB_LARGEST 2024u /* four to a slab: a full Ethernet frame with its headers and descriptor */
#define CLASS_LARGE  UINT32_MAX

struct slab {
        struct list link;
        void *free; /* first free block; each holds the address of the next */
        uint32_t used;
        uint32_t size_class; /* CLASS_LARGE: one block of 2^order pages */
        uint32_t order;
};

static const uint16_t class_bytes[] = {64, 128, 192, 256, 320, 448, 576, 896, 1344, SLAB_LARGEST};
#define CLASSES (sizeof(class_bytes) / sizeof(class_bytes[0]))

static struct list slabs[CLASSES];
static uint8_t class_of[SLAB_LARGEST / 64u + 2u]; /* by size in units of 64 bytes, rounded up */
static size_t limit, used;
static bool prepared;

static void prepare(void)
{
        unsigned size_class = 0;
        for (unsigned units = 0; units < sizeof(class_of); units++) {
                while (size_class + 1 < CLASSES && class_bytes[size_class] < units * 64u)
                        size_class++;
                class_of[units] = (uint8_t)size_class;
        }
        for (unsigned i = 0; i < CLASSES; i++)
                list_init(&slabs[i]);
        prepared = true;
}

void network_heap_limit(size_t bytes)
{
        limit = bytes;
}

bool network_heap_low(void)
{
        return used > limit - limit / 4;
}

size_t network_heap_used(void)
{
        return used;
}

static struct slab *take_pages(unsigned order)
{
        size_t bytes = PLATFORM_PAGE_SIZE << order;
        if (bytes > limit - used || used > limit)
                return NULL;
        struct slab *slab = page_alloc(order);
        if (slab == NULL)
                return NULL;
        used += bytes;
        slab->order = order;
        return slab;
}

static void give_pages(struct slab *slab)
{
        used -= PLATFORM_PAGE_SIZE << slab->order;
        page_free(slab, slab->order);
}

static void *alloc_large(size_t bytes)
{
        unsigned order = page_order(bytes + SLAB_HEADER);
        struct slab *slab = take_pages(order < SLAB_ORDER ? SLAB_ORDER : order);
        if (slab == NULL)
                return NULL;
        slab->size_class = CLASS_LARGE;
        return (char *)slab + SLAB_HEADER;
}

static struct slab *new_slab(unsigned size_class)
{
        struct slab *slab = take_pages(SLAB_ORDER);
        if (slab == NULL)
                return NULL;
        slab->size_class = size_class;
        slab->used = 0;
        slab->free = NULL;
        size_t step = class_bytes[size_class];
        for (size_t at = SLAB_HEADER; at + step <= SLAB_BYTES; at += step) {
                void **block = (void **)(void *)((char *)slab + at);
                *block = slab->free;
                slab->free = block;
        }
        list_append(&slabs[size_class], &slab->link);
        return slab;
}

void *network_heap_alloc(size_t bytes)
{
        if (!prepared)
                prepare();
        if (bytes > SLAB_LARGEST)
                return bytes < limit ? alloc_large(bytes) : NULL;
        unsigned size_class = class_of[(bytes + 63u) / 64u];
        struct slab *slab;
        if (!list_empty(&slabs[size_class]))
                slab = list_entry(list_first(&slabs[size_class]), struct slab, link);
        else if ((slab = new_slab(size_class)) == NULL)
                return NULL;
        void **block = slab->free;
        if (block == NULL)
                network_assertion_failed("network heap: a slab that is on its list has no free block");
        slab->free = *block;
        slab->used++;
        if (slab->free == NULL)
                list_remove(&slab->link);
        return block;
}

void *network_heap_calloc(size_t count, size_t bytes)
{
        if (bytes != 0 && count > SIZE_MAX / bytes)
                return NULL;
        void *block = network_heap_alloc(count * bytes);
        if (block != NULL)
                memset(block, 0, count * bytes);
        return block;
}

void network_heap_free(void *block)
{
        if (block == NULL)
                return;
        struct slab *slab = (struct slab *)((uintptr_t)block & ~(uintptr_t)(SLAB_BYTES - 1));
        if (slab->size_class == CLASS_LARGE) {
                give_pages(slab);
                return;
        }
        struct list *list = &slabs[slab->size_class];
        if (slab->free == NULL)
                list_insert_before(list_first(list), &slab->link);
        *(void **)block = slab->free;
        slab->free = block;
        if (--slab->used == 0 && list->next->next != list) {
                list_remove(&slab->link);
                give_pages(slab);
        }
}
