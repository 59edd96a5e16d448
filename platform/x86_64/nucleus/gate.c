/* Ring 3's numbered calls (gate.h). Each argument is checked here or where the call ends; none is ring 0's address. */
#include "cpu.h"
#include "nucleus.h"

#define CONTROLLERS_FIRST 0xfec00000ull /* I/O APICs, HPET, the local APIC, the addresses that MSI writes go to */
#define CONTROLLERS_LAST  0xfef00000ull

#define MSR_KVM_WALL_CLOCK  0x4b564d00u /* Linux, Documentation/virt/kvm/x86/msr.rst */
#define MSR_KVM_SYSTEM_TIME 0x4b564d01u
#define WALL_CLOCK_OFFSET   64u

/* Interrupts are off up to the hlt: one that arrives after the last look ends it, or interrupt() skips it. */
static int64_t idle(struct frame *frame)
{
        apic_start();
        while (!cpu_page.interrupts_pending)
                __asm__ volatile("sti; hlt; cli" ::: "memory");
        upcall_if_due(frame);
        return 0;
}

static int64_t map(uint64_t address, uint64_t physical, uint64_t bytes, uint64_t flags)
{
        if (((physical | bytes) % GATE_PAGE_SIZE != 0) | !within(physical, bytes, 0, cpu.physical_limit) |
            (flags > (GATE_MAP_WRITE | GATE_MAP_DEVICE)))
                return -EINVAL;
        if (!(flags & GATE_MAP_DEVICE)) {
                if (!boot_info_is_free(&boot_info, physical, bytes))
                        return -EPERM;
        } else {
                if (!boot_info_is_device(&boot_info, physical, bytes) ||
                    (physical < CONTROLLERS_LAST && physical + bytes > CONTROLLERS_FIRST))
                        return -EPERM;
                apic_start(); /* whoever reaches a device may have it send messages */
        }
        return paging_map(address, physical, bytes, flags);
}

static int64_t clock_page(void)
{
        if (!cpu.pvclock)
                return -ENODEV;
        uint64_t physical = (uint64_t)shared_page.clock;
        wrmsr(MSR_KVM_WALL_CLOCK, physical + WALL_CLOCK_OFFSET);
        wrmsr(MSR_KVM_SYSTEM_TIME, physical | 1);
        return 0;
}

/* A non-canonical base would fault in wrmsr; the upper half is nobody's. */
static int64_t set_fs(uint64_t base)
{
        if (base >> 47 != 0)
                return -EINVAL;
        wrmsr(MSR_FS_BASE, base);
        return 0;
}

/*
 * The compiler may jump through a table here: one of distances, read-only and complete at link time, which it uses only
 * after comparing rax with its length. Speculation past that comparison can show nothing: ring 0 keeps no secrets.
 */
int64_t gate(struct frame *frame)
{
        uint64_t a = frame->rdi, b = frame->rsi, c = frame->rdx, d = frame->r10;
        /* clang-format off */
        switch (frame->rax) {
        case GATE_IDLE: return idle(frame);
        case GATE_TIMER_ARM: return apic_timer_arm(a);
        case GATE_TIMER_READ: return apic_timer_left();
        case GATE_MAP: return map(a, b, c, d);
        case GATE_UNMAP: return paging_unmap(a, b);
        case GATE_PROTECT: return paging_protect(a, b, c);
        case GATE_SEAL: return paging_seal();
        case GATE_IRQ_ROUTE: return ioapic_route(a, b, c, d);
        case GATE_IRQ_MASK: return ioapic_mask(a, b, c);
        case GATE_PORT_IN: return port_in(a, b);
        case GATE_PORT_OUT: return port_out(a, b, c);
        case GATE_PORT_RUN: return port_run(a, b, c, d);
        case GATE_CLOCK_PAGE: return clock_page();
        case GATE_CONFIG_READ: return config_read(a);
        case GATE_SET_FS: return set_fs(a);
        case GATE_QUERY: return paging_query(a);
        case GATE_EXIT: triple_fault();
        case GATE_HYPERCALL: return xen_call(a, b, c, d);
        default: return -ENOSYS;
        }
        /* clang-format on */
}
