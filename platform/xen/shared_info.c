/* Puts Xen's shared info page in place; see shared_info.h. */
#include <xen/shared_info.h>

#include <stdatomic.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>
#include <x86_64/gate_call.h>
#include <x86_64/interrupt/irq.h>
#include <xen/hypercall.h>

#include <xen/memory.h>

/*
 * Xen is told of no vector first: even with that come 64-bit event words (gate.h). The page starts with what Xen has
 * there. The vector itself waits until an upcall that is due already is taken back: only in this page can the nucleus
 * end upcalls, and one that is not ended comes again at once.
 */
static struct shared_info *place(void)
{
        const int vector = irq_vector_alloc(event_upcall, NULL);
        if (vector < 0 || gate_call(GATE_HYPERCALL, GATE_XEN_CALLBACK, 0, 0, 0) < 0)
                return NULL;
        struct shared_info *page = page_alloc(0);
        if (page == NULL)
                return NULL;
        *(volatile char *)page = 0; /* the direct map has it from now on: no page fault inside the gate */
        if (gate_call(GATE_HYPERCALL, GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, platform_dma_address(page)) < 0)
                return NULL; /* and the page is lost: Xen may have taken it */
        memset(page->evtchn_mask, 0xff, sizeof(page->evtchn_mask));
        page->vcpu_info[0].evtchn_upcall_pending = 0;
        return gate_call(GATE_HYPERCALL, GATE_XEN_CALLBACK, (uint64_t)vector, 0, 0) < 0 ? NULL : page;
}

struct shared_info *xen_shared_info(void)
{
        static atomic_flag lock = ATOMIC_FLAG_INIT;
        static _Atomic(struct shared_info *) placed;
        struct shared_info *page = atomic_load_explicit(&placed, memory_order_acquire);
        if (page != NULL || !xen_is_present())
                return page;
        const bool enabled = platform_interrupts_disable();
        if (!atomic_flag_test_and_set_explicit(&lock, memory_order_acquire)) { /* held for ever: one attempt */
                page = place();
                atomic_store_explicit(&placed, page, memory_order_release);
        }
        platform_interrupts_restore(enabled);
        return page;
}
