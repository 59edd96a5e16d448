/*
 * The grant table, version 1 (public/grant_table.h).
 *
 * Invariant: a reference below `end` is one of reserved, granted, lost, or on the free list. The list goes through the
 * `frame` fields of entries that grant nothing, which Xen does not look at. Xen is trusted with what it writes there:
 * only it shares the table.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#include <coracle/memory.h>
#include <coracle/sched.h>
#include <platform.h>
#include <xen/share/grant.h>
#include <xen/hypercall.h>

#include <xen/grant_table.h>

#define ENTRIES_PER_FRAME ((uint32_t)(PLATFORM_PAGE_SIZE / sizeof(grant_entry_v1_t)))

static struct {
        struct spinlock lock;
        grant_entry_v1_t *frames[GRANT_FRAMES_MAX];
        uint32_t free; /* the first of the list, GRANT_NONE at its end */
        uint32_t end;  /* references that exist */
        unsigned granted, lost;
} table;

static grant_entry_v1_t *entry_of(grant_reference reference)
{
        return &table.frames[reference / ENTRIES_PER_FRAME][reference % ENTRIES_PER_FRAME];
}

static _Atomic uint16_t *flags_of(grant_reference reference)
{
        return (_Atomic uint16_t *)&entry_of(reference)->flags;
}

/* One more frame, its entries in front of the free list. The lock is held. */
static int grow(void)
{
        const uint32_t number = table.end / ENTRIES_PER_FRAME;
        if (number == GRANT_FRAMES_MAX)
                return -ENOSPC;
        void *page = page_alloc(0);
        if (page == NULL)
                return -ENOSPC;
        const int error = xen_share_grant_frame(number, page);
        if (error != 0) {
                page_free(page, 0);
                return error == -ENODEV ? error : -ENOSPC;
        }
        table.frames[number] = page;
        const uint32_t first = number == 0 ? GNTTAB_NR_RESERVED_ENTRIES : table.end;
        table.end += ENTRIES_PER_FRAME;
        for (uint32_t reference = table.end; reference-- > first;) {
                entry_of(reference)->frame = table.free;
                table.free = reference;
        }
        return 0;
}

int grant_page(uint16_t domain, const void *pointer, bool read_only, grant_reference *reference)
{
        const uint64_t address = platform_dma_address(pointer);
        if (address == PLATFORM_NO_DMA || address / PLATFORM_PAGE_SIZE > UINT32_MAX || domain >= DOMID_FIRST_RESERVED)
                return -EINVAL;
        spin_lock(&table.lock);
        const int error = table.free == GRANT_NONE ? grow() : 0;
        if (error == 0) {
                grant_entry_v1_t *entry = entry_of(table.free);
                *reference = table.free;
                table.free = entry->frame;
                table.granted++;
                entry->domid = domain;
                entry->frame = (uint32_t)(address / PLATFORM_PAGE_SIZE);
                /* From here on the other domain may use it: everything else is written before. */
                atomic_store_explicit(flags_of(*reference), GTF_permit_access | (read_only ? GTF_readonly : 0),
                                      memory_order_release);
        }
        spin_unlock(&table.lock);
        return error;
}

static bool is_granted(grant_reference reference)
{
        return reference >= GNTTAB_NR_RESERVED_ENTRIES && reference < table.end &&
               (atomic_load_explicit(flags_of(reference), memory_order_relaxed) & GTF_type_mask) == GTF_permit_access;
}

/* Makes the entry invalid unless it is in use. The lock is held. */
static int take_back(grant_reference reference)
{
        if (!is_granted(reference))
                return -EINVAL;
        uint16_t flags = atomic_load(flags_of(reference));
        do {
                if ((flags & (GTF_reading | GTF_writing)) != 0)
                        return -EBUSY;
        } while (!atomic_compare_exchange_weak(flags_of(reference), &flags, (uint16_t)GTF_invalid));
        entry_of(reference)->frame = table.free;
        table.free = reference;
        table.granted--;
        return 0;
}

int grant_try_revoke(grant_reference reference)
{
        spin_lock(&table.lock);
        const int error = take_back(reference);
        spin_unlock(&table.lock);
        return error;
}

int grant_revoke(grant_reference reference)
{
        spin_lock(&table.lock);
        const int error = take_back(reference);
        if (error == -EBUSY) {
                table.granted--;
                table.lost++;
        }
        spin_unlock(&table.lock);
        return error;
}

bool grant_in_use(grant_reference reference)
{
        return is_granted(reference) && (atomic_load(flags_of(reference)) & (GTF_reading | GTF_writing)) != 0;
}

void grant_statistics(struct grant_statistics *statistics)
{
        spin_lock(&table.lock);
        *statistics = (struct grant_statistics){
                .granted = table.granted,
                .lost = table.lost,
                .frames = table.end / ENTRIES_PER_FRAME,
        };
        spin_unlock(&table.lock);
}
