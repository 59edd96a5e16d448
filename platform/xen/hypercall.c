/* Xen's hypercalls through the gate; see hypercall.h. */
#include <xen/hypercall.h>

#include <string.h>

#include <platform.h>
#include <x86_64/memory/device.h>
#include <x86_64/gate_call.h>

#include <xen/xen.h>

#include <xen/memory.h>

#define CONSOLE_RUN 16u /* bytes in the registers of one call */

bool xen_is_present(void)
{
        return gate_boot_info()->hypervisor == GATE_HV_XEN;
}

int xen_parameter(unsigned index, uint64_t *value)
{
        const int64_t result = gate_call(GATE_HYPERCALL, GATE_XEN_PARAMETER, index, 0, 0);
        *value = result < 0 ? 0 : (uint64_t)result;
        return result < 0 ? (int)result : 0;
}

volatile void *xen_map_ring(uint64_t frame)
{
        return frame == 0 ? NULL : device_map(frame * PLATFORM_PAGE_SIZE, PLATFORM_PAGE_SIZE);
}

int xen_share_grant_frame(unsigned index, void *page)
{
        return (int)gate_call(GATE_HYPERCALL, GATE_XEN_SHARE, XENMAPSPACE_grant_table, index,
                              platform_dma_address(page));
}

void xen_yield(void)
{
        (void)gate_call(GATE_HYPERCALL, GATE_XEN_YIELD, 0, 0, 0);
}

void xen_console_io(const void *data, size_t bytes)
{
        const char *next = data;
        while (bytes != 0) {
                const size_t run = bytes < CONSOLE_RUN ? bytes : CONSOLE_RUN;
                uint64_t words[2] = {0, 0};
                memcpy(words, next, run);
                (void)gate_call(GATE_HYPERCALL, GATE_XEN_CONSOLE, words[0], words[1], run);
                next += run;
                bytes -= run;
        }
}

__attribute__((no_stack_protector)) void xen_shutdown(unsigned reason)
{
        (void)gate_call(GATE_HYPERCALL, GATE_XEN_SHUTDOWN, reason, 0, 0);
}
