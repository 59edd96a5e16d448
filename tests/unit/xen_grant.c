/* The grant table: references, growth, and pages that the other domain does not let go of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/no_threads.h>
#include <platform.h>
#include <xen/share/grant.h>
#include <xen/hypercall.h>

#include <coracle/memory.h>

#include <xen/grant_table.h>

#define PER_FRAME 512u

static grant_entry_v1_t table[GRANT_FRAMES_MAX][PER_FRAME];
static unsigned frames_allowed = 4, frames_shared, pages_out;
static int share_error;
static uint8_t page[4096] __attribute__((aligned(4096)));

/* ---- The guest: physical addresses are pointers less a base; frames are put where Xen is told to ---- */

uint64_t platform_dma_address(const void *pointer)
{
        return pointer == NULL ? PLATFORM_NO_DMA : (uintptr_t)pointer - (uintptr_t)page + 0x100000;
}

void *page_alloc(unsigned order)
{
        assert_int_equal(order, 0);
        pages_out++;
        return table[frames_shared];
}

void page_free(void *pages, unsigned order)
{
        (void)pages;
        (void)order;
        pages_out--;
}

int xen_share_grant_frame(unsigned index, void *frame)
{
        if (share_error != 0)
                return share_error;
        if (index >= frames_allowed)
                return -EINVAL;
        assert_int_equal(index, frames_shared);
        assert_ptr_equal(frame, table[index]);
        frames_shared++;
        return 0;
}

static grant_entry_v1_t *entry(grant_reference reference)
{
        return &table[reference / PER_FRAME][reference % PER_FRAME];
}

static struct grant_statistics statistics(void)
{
        struct grant_statistics result;
        grant_statistics(&result);
        return result;
}

/* The table stays from test to test, as it does in a guest: each test leaves nothing granted. */

static void off_xen_nothing_is_granted(void **state)
{
        grant_reference reference;
        (void)state;
        share_error = -ENODEV;
        assert_int_equal(grant_page(0, page, false, &reference), -ENODEV);
        assert_int_equal(pages_out, 0);
        share_error = 0;
}

static void a_grant_names_the_page_and_the_domain(void **state)
{
        grant_reference one, two;
        (void)state;
        assert_int_equal(grant_page(3, page + 100, false, &one), 0);
        assert_int_equal(grant_page(0, page + 4096, true, &two), 0);
        assert_true(one >= GNTTAB_NR_RESERVED_ENTRIES);
        assert_int_not_equal(one, two);
        assert_int_equal(entry(one)->flags, GTF_permit_access);
        assert_int_equal(entry(one)->domid, 3);
        assert_int_equal(entry(one)->frame, 0x100);
        assert_int_equal(entry(two)->flags, GTF_permit_access | GTF_readonly);
        assert_int_equal(entry(two)->frame, 0x101);
        assert_int_equal(statistics().granted, 2);
        assert_int_equal(grant_revoke(one), 0);
        assert_int_equal(grant_revoke(two), 0);
        assert_int_equal(entry(one)->flags, GTF_invalid);
        assert_int_equal(statistics().granted, 0);
}

static void what_cannot_be_granted_is_refused(void **state)
{
        grant_reference reference;
        (void)state;
        assert_int_equal(grant_page(0, NULL, false, &reference), -EINVAL);
        assert_int_equal(grant_page(DOMID_FIRST_RESERVED, page, false, &reference), -EINVAL);
        assert_int_equal(grant_page(DOMID_SELF, page, false, &reference), -EINVAL);
        assert_int_equal(grant_page(0, page + (1ull << 45), false, &reference), -EINVAL);
}

static void what_is_not_granted_cannot_be_revoked(void **state)
{
        grant_reference reference;
        (void)state;
        assert_int_equal(grant_revoke(0), -EINVAL);
        assert_int_equal(grant_revoke(GNTTAB_RESERVED_XENSTORE), -EINVAL);
        assert_int_equal(grant_revoke(UINT32_MAX), -EINVAL);
        assert_int_equal(grant_page(0, page, false, &reference), 0);
        assert_int_equal(grant_revoke(reference), 0);
        assert_int_equal(grant_revoke(reference), -EINVAL);
        assert_int_equal(grant_try_revoke(reference), -EINVAL);
        assert_false(grant_in_use(reference));
}

static void a_page_in_use_is_kept(void **state)
{
        grant_reference reference, other;
        (void)state;
        assert_int_equal(grant_page(0, page, false, &reference), 0);
        entry(reference)->flags |= GTF_writing;
        assert_true(grant_in_use(reference));
        assert_int_equal(grant_try_revoke(reference), -EBUSY);
        assert_int_equal(statistics().lost, 0);
        entry(reference)->flags = GTF_permit_access;
        assert_int_equal(grant_try_revoke(reference), 0);

        assert_int_equal(grant_page(0, page, false, &reference), 0);
        entry(reference)->flags |= GTF_reading;
        assert_int_equal(grant_revoke(reference), -EBUSY);
        assert_int_equal(statistics().lost, 1);
        assert_int_equal(statistics().granted, 0);
        entry(reference)->flags = GTF_permit_access; /* too late: nobody remembers it */
        for (unsigned i = 0; i < 100; i++) {
                assert_int_equal(grant_page(0, page, false, &other), 0);
                assert_int_not_equal(other, reference);
                assert_int_equal(grant_revoke(other), 0);
        }
}

static void the_table_grows_to_what_xen_allows_and_no_further(void **state)
{
        static grant_reference references[GRANT_FRAMES_MAX * PER_FRAME];
        static uint8_t seen[GRANT_FRAMES_MAX * PER_FRAME];
        unsigned count = 0;
        (void)state;
        while (grant_page(0, page, false, &references[count]) == 0)
                count++;
        /* All but the reserved ones and the one that was lost. */
        assert_int_equal(count, 4 * PER_FRAME - GNTTAB_NR_RESERVED_ENTRIES - 1);
        assert_int_equal(statistics().frames, 4);
        assert_int_equal(pages_out, 4);
        assert_int_equal(grant_page(0, page, false, &references[count]), -ENOSPC);
        for (unsigned i = 0; i < count; i++)
                assert_int_equal(seen[references[i]]++, 0);
        for (unsigned i = 0; i < count; i += 2)
                assert_int_equal(grant_revoke(references[i]), 0);
        for (unsigned i = 0; i < count; i += 2)
                assert_int_equal(grant_page(0, page, false, &references[i]), 0);
        frames_allowed = UINT32_MAX;
        while (grant_page(0, page, false, &references[count]) == 0)
                count++;
        assert_int_equal(statistics().frames, GRANT_FRAMES_MAX);
        for (unsigned i = 0; i < count; i++)
                assert_int_equal(grant_revoke(references[i]), 0);
        assert_int_equal(statistics().granted, 0);
        assert_int_equal(table[0][0].flags, 0); /* the toolstack's entries were left alone */
        assert_int_equal(table[0][1].flags, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(off_xen_nothing_is_granted),
                cmocka_unit_test(a_grant_names_the_page_and_the_domain),
                cmocka_unit_test(what_cannot_be_granted_is_refused),
                cmocka_unit_test(what_is_not_granted_cannot_be_revoked),
                cmocka_unit_test(a_page_in_use_is_kept),
                cmocka_unit_test(the_table_grows_to_what_xen_allows_and_no_further),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
