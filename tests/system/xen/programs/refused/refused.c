/*
 * refused: asks the nucleus for hypercalls that it must not make, and for some that it must. One line for each,
 * `ok - ...` or `not ok - ... # result N`; the last line is `refused: N wrong`. Exit status 1 when one was wrong, 77
 * when this is not Xen.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include <xen/event_channel.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/xen.h>

#include "../../../../guest/ring3.h"

#define HUGE (1ull << 32)

static unsigned wrong;
static uint64_t refusals;

static int64_t hypercall(uint64_t operation, uint64_t a, uint64_t b, uint64_t c)
{
        return gate(GATE_HYPERCALL, operation, a, b, c);
}

static void judge(const char *what, int good, int64_t result)
{
        printf(good ? "ok - %s\n" : "not ok - %s # result %lld\n", what, (long long)result);
        wrong += !good;
}

static void refuse(const char *what, uint64_t operation, uint64_t a, uint64_t b, uint64_t c)
{
        const uint64_t before = cpu_page()->hypercalls_refused;
        const int64_t result = hypercall(operation, a, b, c);
        judge(what, result == -EPERM && cpu_page()->hypercalls_refused == before + 1, result);
        refusals++;
}

static void allow(const char *what, int64_t result)
{
        judge(what, result >= 0, result);
}

static uint64_t free_page(void)
{
        unsigned last = boot_info()->range_count - 1;
        while (free_part(last).end == free_part(last).start)
                last--;
        return free_part(last).end - GATE_PAGE_SIZE;
}

static void forbidden(void)
{
        const uint64_t page = free_page();
        refuse("no operation beyond the last", GATE_XEN_OPERATIONS, 0, 0, 0);
        refuse("no huge operation", ~0ull, 0, 0, 0);
        refuse("no operation whose low half is one", HUGE + GATE_XEN_YIELD, 0, 0, 0);
        refuse("send: no port of more than 32 bits", GATE_XEN_EVENT_SEND, HUGE, 0, 0);
        refuse("unmask: no port of more than 32 bits", GATE_XEN_EVENT_UNMASK, HUGE, 0, 0);
        refuse("close: no port of more than 32 bits", GATE_XEN_EVENT_CLOSE, HUGE, 0, 0);
        refuse("poll: no port of more than 32 bits", GATE_XEN_POLL, HUGE, 1, 0);
        refuse("allocate: not for DOMID_SELF", GATE_XEN_EVENT_ALLOCATE, DOMID_SELF, 0, 0);
        refuse("allocate: no domain of more than 16 bits", GATE_XEN_EVENT_ALLOCATE, 0x10000, 0, 0);
        refuse("virq: not the debug interrupt", GATE_XEN_EVENT_VIRQ, VIRQ_DEBUG, 0, 0);
        refuse("virq: not dom0's console", GATE_XEN_EVENT_VIRQ, VIRQ_CONSOLE, 0, 0);
        refuse("callback: not an exception's vector", GATE_XEN_CALLBACK, 14, 0, 0);
        refuse("callback: not the timer's vector", GATE_XEN_CALLBACK, GATE_VECTOR_TIMER, 0, 0);
        refuse("callback: no other way than a vector", GATE_XEN_CALLBACK, 1ull << 56 | GATE_VECTOR_FIRST, 0, 0);
        refuse("parameter: not the callback", GATE_XEN_PARAMETER, HVM_PARAM_CALLBACK_IRQ, 0, 0);
        refuse("parameter: not the timer mode", GATE_XEN_PARAMETER, HVM_PARAM_TIMER_MODE, 0, 0);
        refuse("parameter: none whose low half is one", GATE_XEN_PARAMETER, HUGE | HVM_PARAM_STORE_PFN, 0, 0);
        refuse("share: not a page of another domain", GATE_XEN_SHARE, XENMAPSPACE_gmfn_foreign, 0, page);
        refuse("share: not another page of this one", GATE_XEN_SHARE, XENMAPSPACE_gmfn, 0, page);
        refuse("share: not a device", GATE_XEN_SHARE, XENMAPSPACE_dev_mmio, 0, page);
        refuse("share: no status frame", GATE_XEN_SHARE, XENMAPSPACE_grant_table, XENMAPIDX_grant_table_status, page);
        refuse("share: not over the nucleus", GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, GATE_NUCLEUS_BASE);
        refuse("share: not over the image", GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, boot_info()->image_start);
        refuse("share: not over page tables", GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, boot_info()->ranges[1].start);
        refuse("share: not beyond memory", GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, GATE_PHYSICAL_MAX);
        refuse("share: not at the end of the numbers", GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, ~0ull << 12);
        refuse("share: not in the middle of a page", GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, page + 8);
        refuse("shutdown: not to suspend", GATE_XEN_SHUTDOWN, SHUTDOWN_suspend, 0, 0);
        refuse("shutdown: not by the watchdog", GATE_XEN_SHUTDOWN, SHUTDOWN_watchdog, 0, 0);
        refuse("shutdown: no reason beyond the last", GATE_XEN_SHUTDOWN, 1000, 0, 0);
        refuse("console: no 17 bytes", GATE_XEN_CONSOLE, 0, 0, 17);
        refuse("console: no huge count", GATE_XEN_CONSOLE, 0, 0, ~0ull);
}

static void permitted(void)
{
        int64_t port = hypercall(GATE_XEN_EVENT_ALLOCATE, 0, 0, 0);
        allow("allocate: a port", port);
        allow("close: it", hypercall(GATE_XEN_EVENT_CLOSE, (uint64_t)port, 0, 0));
        const int64_t again = hypercall(GATE_XEN_EVENT_CLOSE, (uint64_t)port, 0, 0);
        judge("close: not twice, says Xen", again == -EINVAL, again);
        const int64_t stolen = hypercall(GATE_XEN_STOLEN, 0, 0, 0);
        allow("stolen: a time", stolen);
        allow("yield", hypercall(GATE_XEN_YIELD, 0, 0, 0));
        allow("timer: none", hypercall(GATE_XEN_TIMER, 0, 0, 0));
        const int64_t console = hypercall(GATE_XEN_PARAMETER, HVM_PARAM_CONSOLE_PFN, 0, 0);
        const int64_t printed = hypercall(GATE_XEN_CONSOLE, '.', 0, 1) | hypercall(GATE_XEN_CONSOLE, '\n', 0, 1);
        judge("console: a line, if Xen lets this domain", printed >= 0 || printed == -EPERM, printed);
        judge("parameter: the console's page", console >= 0 || console == -EINVAL, console);
}

int main(void)
{
        if (hypercall(GATE_XEN_YIELD, 0, 0, 0) == -ENODEV) {
                puts("refused: this is not Xen");
                return 77;
        }
        forbidden();
        permitted();
        judge("each refusal is counted, once", cpu_page()->hypercalls_refused == refusals, (int64_t)refusals);
        printf("refused: %u wrong\n", wrong);
        return wrong != 0;
}
