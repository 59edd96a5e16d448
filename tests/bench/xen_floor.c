/*
 * The least that a PVH guest can do on Xen: one line to the console ring, then power off. About a hundred instructions,
 * in the 32-bit mode in which PVH starts (Xen's docs/misc/pvh: start_info in EBX, everything else undefined).
 */
#include <stddef.h>
#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__ /* else older calls have the numbers */
#include <xen/xen.h>

#include <xen/elfnote.h>
#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/io/console.h>
#include <xen/sched.h>

#define TEXT(symbol) #symbol
#define NUMBER(name) TEXT(name)

__asm__(".section .note.Xen, \"a\", @note\n"
        ".long 4, 4, " NUMBER(XEN_ELFNOTE_PHYS32_ENTRY) "\n"
                                                        ".asciz \"Xen\"\n"
                                                        ".long _start\n"
                                                        ".text\n"
                                                        ".globl _start\n"
                                                        "_start: mov $stack + 4096, %esp\n"
                                                        "        cld\n"
                                                        "        call run\n");

uint8_t stack[4096];
uint8_t hypercall_page[4096] __attribute__((aligned(4096)));

/* Two arguments: 32-bit guests pass them in EBX and ECX, and find each call 32 bytes after the one before. */
static int hypercall(unsigned number, unsigned operation, void *argument)
{
        int result;
        __asm__ volatile("call *%[entry]"
                         : "=a"(result), "+b"(operation), "+c"(argument)
                         : [entry] "D"(hypercall_page + number * 32)
                         : "memory");
        return result;
}

static void make_hypercall_page(void)
{
        uint32_t leaf = 0x40000002, pages, msr, c, d; /* Xen's second leaf (xen/arch-x86/cpuid.h) */
        __asm__("cpuid" : "=a"(pages), "=b"(msr), "=c"(c), "=d"(d) : "a"(leaf));
        __asm__ volatile("wrmsr" ::"c"(msr), "a"(hypercall_page), "d"(0) : "memory");
}

static uint32_t parameter(uint32_t index)
{
        struct xen_hvm_param request = {.domid = DOMID_SELF, .index = index};
        hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, &request);
        return (uint32_t)request.value;
}

void run(void);

void run(void)
{
        static const char line[] = "Hello, world\r\n";
        make_hypercall_page();
        struct xencons_interface *ring = (void *)(parameter(HVM_PARAM_CONSOLE_PFN) << 12);
        struct evtchn_send event = {.port = parameter(HVM_PARAM_CONSOLE_EVTCHN)};
        for (unsigned i = 0; i < sizeof(line) - 1; i++)
                ring->out[i] = line[i];
        __asm__ volatile("" ::: "memory");
        ring->out_prod = sizeof(line) - 1;
        hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &event);
        while (*(volatile XENCONS_RING_IDX *)&ring->out_cons != sizeof(line) - 1)
                hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, NULL);
        struct sched_shutdown off = {.reason = SHUTDOWN_poweroff};
        for (;;)
                hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &off);
}
