/*
 * Hypercalls: those that ring 3 may ask for (gate.h, enum gate_xen), and Xen's memory map at boot.
 *
 * Invariant: all that Xen reads or writes for a call is `argument`, made here of checked numbers: it follows pointers
 * with ring 0's rights.
 */
#include <stdint.h>

#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#include "nucleus.h"

#define EVENT  __HYPERVISOR_event_channel_op
#define HVM    __HYPERVISOR_hvm_op
#define MEMORY __HYPERVISOR_memory_op
#define SCHED  __HYPERVISOR_sched_op
#define VCPU   __HYPERVISOR_vcpu_op

#define SPACES     (1u << XENMAPSPACE_shared_info | 1u << XENMAPSPACE_grant_table)
#define REASONS    (1u << SHUTDOWN_poweroff | 1u << SHUTDOWN_reboot | 1u << SHUTDOWN_crash)
#define RINGS(x)   (1u << HVM_PARAM_STORE_##x | 1u << HVM_PARAM_CONSOLE_##x)
#define PARAMETERS (RINGS(PFN) | RINGS(EVTCHN))

#define BY_VECTOR     ((uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56)
#define CONSOLE_BYTES 16u
#define FRAMES_MAX    65536u
#define TIMES         (offsetof(struct vcpu_runstate_info, time) / sizeof(uint64_t))
#define ERRORS_ALIKE  34 /* up to there, Xen's error numbers (public/errno.h) are the C library's */

/* What Xen reads and writes: 64-bit words, here cut into bit fields. */
static uint64_t argument[sizeof(struct vcpu_runstate_info) / sizeof(uint64_t)];

/*
 * Each call in Xen's terms: `a`, the gate's first argument, is checked, then put at bit `at` of the argument, which
 * begins with `domain`; Xen's answer, where it is not the result, is the 32 bits from bit `answer` on.
 */
enum check { ANY, UP_TO, ONE_OF }; /* at most the limit; a number whose bit is set in the limit */
static const struct call {
        uint8_t hypercall, command, check, at, answer;
        uint16_t domain;
        uint32_t limit;
} calls[GATE_XEN_OPERATIONS] = {
        /* clang-format off */
        [GATE_XEN_EVENT_SEND]     = {EVENT, EVTCHNOP_send, UP_TO, 0, 0, 0, UINT32_MAX},
        [GATE_XEN_EVENT_ALLOCATE] = {EVENT, EVTCHNOP_alloc_unbound, UP_TO, 16, 32, DOMID_SELF, DOMID_FIRST_RESERVED - 1},
        [GATE_XEN_EVENT_VIRQ]     = {EVENT, EVTCHNOP_bind_virq, UP_TO, 0, 64, 0, VIRQ_TIMER},
        [GATE_XEN_EVENT_UNMASK]   = {EVENT, EVTCHNOP_unmask, UP_TO, 0, 0, 0, UINT32_MAX},
        [GATE_XEN_EVENT_CLOSE]    = {EVENT, EVTCHNOP_close, UP_TO, 0, 0, 0, UINT32_MAX},
        [GATE_XEN_CALLBACK]       = {HVM, HVMOP_set_param, UP_TO, 64, 0, DOMID_SELF, GATE_VECTOR_LAST},
        [GATE_XEN_PARAMETER]      = {HVM, HVMOP_get_param, ONE_OF, 32, 64, DOMID_SELF, PARAMETERS},
        [GATE_XEN_SHARE]          = {MEMORY, XENMEM_add_to_physmap, ONE_OF, 32, 0, DOMID_SELF, SPACES},
        [GATE_XEN_TIMER]          = {VCPU, VCPUOP_set_singleshot_timer, ANY, 0, 0, 0, 0},
        [GATE_XEN_STOLEN]         = {VCPU, VCPUOP_get_runstate_info, ANY, 0, 0, 0, 0},
        [GATE_XEN_SHUTDOWN]       = {SCHED, SCHEDOP_shutdown, ONE_OF, 0, 0, 0, REASONS},
        [GATE_XEN_YIELD]          = {SCHED, SCHEDOP_yield, ANY, 0, 0, 0, 0},
        [GATE_XEN_POLL]           = {SCHED, SCHEDOP_poll, UP_TO, 192, 0, 0, UINT32_MAX},
        [GATE_XEN_CONSOLE]        = {__HYPERVISOR_console_io, CONSOLEIO_write, ANY, 0, 0, 0, 0},
        /* clang-format on */
};

/* Whether ring 3 may have it made. Of b and c, what is not looked at here is not used, or may be anything. */
static bool call_is_allowed(uint64_t operation, uint64_t a, uint64_t b, uint64_t c)
{
        const struct call *call = &calls[operation];
        if ((call->check == UP_TO && a > call->limit) ||
            (call->check == ONE_OF && (a >= 32 || !(call->limit >> a & 1))))
                return false;
        if (operation == GATE_XEN_SHARE)
                return b < FRAMES_MAX && c % GATE_PAGE_SIZE == 0 && boot_info_is_free(&boot_info, c, GATE_PAGE_SIZE);
        return (operation != GATE_XEN_CALLBACK || a == 0 || a >= GATE_VECTOR_FIRST) &&
               (operation != GATE_XEN_CONSOLE || c <= CONSOLE_BYTES);
}

static int64_t make(uint64_t operation, uint64_t a, uint64_t b, uint64_t c)
{
        const struct call *call = &calls[operation];
        uint64_t *words = argument, second = (uint64_t)argument;
        words[0] = call->domain;
        words[1] = operation == GATE_XEN_CALLBACK && a != 0 ? BY_VECTOR : 0;
        words[3] = 0;
        if (operation == GATE_XEN_TIMER && a == 0)
                a = INT64_MAX;
        if (operation == GATE_XEN_POLL) { /* of one port, in the last word */
                words[0] = (uint64_t)&words[3];
                words[1] = 1;
                words[2] = b;
        }
        if (operation == GATE_XEN_SHARE) {
                words[1] = b;
                words[2] = c / GATE_PAGE_SIZE;
        }
        if (operation == GATE_XEN_CONSOLE) {
                words[1] = b;
                second = c;
        }
        if (call->hypercall == VCPU)
                second = 0; /* CPU 0, the only one */
        words[call->at / 64] |= a << call->at % 64;
        int64_t result = hypercall(call->command, second, (uint64_t)words, call->hypercall, cpu.amd);
        if (result == 0 && operation == GATE_XEN_SHARE && a == XENMAPSPACE_shared_info)
                cpu.acknowledge = window(WINDOW_XEN, c, false); /* evtchn_upcall_pending: Xen raises while it is set */
        if (result == 0 && operation == GATE_XEN_STOLEN)
                return (int64_t)(words[TIMES + RUNSTATE_runnable] + words[TIMES + RUNSTATE_offline]);
        if (result == 0 && call->answer != 0)
                return (uint32_t)(words[call->answer / 64] >> call->answer % 64);
        return result < -ERRORS_ALIKE ? -ENOSYS : result;
}

int64_t xen_call(uint64_t operation, uint64_t a, uint64_t b, uint64_t c)
{
        if (boot_info.hypervisor != GATE_HV_XEN)
                return -ENODEV;
        if (operation < GATE_XEN_OPERATIONS && call_is_allowed(operation, a, b, c))
                return make(operation, a, b, c);
        cpu_page.hypercalls_refused++;
        return -EPERM;
}

/* Xen's map of this domain's memory, as e820 entries of 20 bytes; their number, at most `room`. 0: not on Xen. */
uint32_t xen_memory_map(void *entries, uint32_t room)
{
        argument[0] = room;
        argument[1] = (uint64_t)entries;
        if (boot_info.hypervisor != GATE_HV_XEN ||
            hypercall(XENMEM_memory_map, (uint64_t)argument, 0, MEMORY, cpu.amd) != 0 || argument[0] > room)
                return 0;
        return (uint32_t)argument[0];
}
