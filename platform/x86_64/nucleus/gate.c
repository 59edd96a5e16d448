/*
 * The gate: ring 3's numbered calls (gate.h). Each argument is checked here or in the function that the call ends in;
 * none is ever used as an address in ring 0.
 */
#include "cpu.h"
#include "nucleus.h"

#define APIC_PAGES_FIRST 0xfee00000ull /* local APIC, and the addresses that MSI writes go to */
#define APIC_PAGES_LAST  0xfef00000ull
#define IO_APICS_FIRST   0xfec00000ull
#define IO_APICS_LAST    0xfed00000ull

#define MSR_KVM_WALL_CLOCK  0x4b564d00u /* Linux, Documentation/virt/kvm/x86/msr.rst */
#define MSR_KVM_SYSTEM_TIME 0x4b564d01u
#define WALL_CLOCK_OFFSET   64u

/* Idle with interrupts off up to the instruction before hlt: one that arrives after the last look ends the hlt. */
static int64_t idle(struct frame *frame)
{
        apic_start();
        while (!cpu_page.interrupts_pending)
                __asm__ volatile("sti; hlt; cli" ::: "memory");
        upcall_if_due(frame);
        return 0;
}

static int64_t timer_arm(uint64_t ticks)
{
        if (ticks > UINT32_MAX)
                return -EINVAL;
        apic_start();
        apic_timer_arm((uint32_t)ticks);
        return 0;
}

/* Page-aligned, not empty, inside the mapping area. */
static bool in_map_area(uint64_t address, uint64_t bytes)
{
        return bytes != 0 && (address | bytes) % GATE_PAGE_SIZE == 0 &&
               within(address, bytes, boot_info.map_area, boot_info.map_area + boot_info.map_area_bytes);
}

static bool overlaps(uint64_t start, uint64_t bytes, uint64_t first, uint64_t last)
{
        return start < last && first < start + bytes;
}

static int64_t map(uint64_t address, uint64_t physical, uint64_t bytes, uint64_t flags)
{
        if (!in_map_area(address, bytes) || physical % GATE_PAGE_SIZE != 0 || physical >= cpu.physical_limit ||
            bytes > cpu.physical_limit - physical || flags > (GATE_MAP_WRITE | GATE_MAP_DEVICE))
                return -EINVAL;
        if (!(flags & GATE_MAP_DEVICE)) {
                if (!boot_info_is_free(&boot_info, physical, bytes))
                        return -EPERM;
        } else {
                if (!boot_info_is_device(&boot_info, physical, bytes) ||
                    overlaps(physical, bytes, APIC_PAGES_FIRST, APIC_PAGES_LAST) ||
                    overlaps(physical, bytes, IO_APICS_FIRST, IO_APICS_LAST))
                        return -EPERM;
                apic_start(); /* whoever reaches a device may have it send messages */
        }
        return paging_map(address, physical, bytes, flags);
}

static int64_t unmap(uint64_t address, uint64_t bytes)
{
        return in_map_area(address, bytes) ? paging_unmap(address, bytes) : -EINVAL;
}

static int64_t protect(uint64_t address, uint64_t bytes, uint64_t flags)
{
        if (!in_map_area(address, bytes) || flags > GATE_MAP_WRITE)
                return -EINVAL;
        return paging_protect(address, bytes, flags);
}

static int64_t seal(void)
{
        static bool sealed;
        if (sealed)
                return -EPERM;
        sealed = true;
        paging_seal();
        return 0;
}

static int64_t clock_page(void)
{
        if (!cpu.clock_pair)
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

static int64_t call(struct frame *frame)
{
        uint64_t a = frame->rdi, b = frame->rsi, c = frame->rdx, d = frame->r10;
        switch (frame->rax) {
        case GATE_IDLE:
                return idle(frame);
        case GATE_TIMER_ARM:
                return timer_arm(a);
        case GATE_TIMER_READ:
                apic_start();
                return apic_timer_left();
        case GATE_MAP:
                return map(a, b, c, d);
        case GATE_UNMAP:
                return unmap(a, b);
        case GATE_PROTECT:
                return protect(a, b, c);
        case GATE_SEAL:
                return seal();
        case GATE_UPCALL:
                return upcall_register(a, b, c);
        case GATE_IRQ_ROUTE:
                return ioapic_route(a, b, c, d);
        case GATE_IRQ_MASK:
                return ioapic_mask(a, b, c);
        case GATE_PORT_IN:
                return port_in(a, b);
        case GATE_PORT_OUT:
                return port_out(a, b, c);
        case GATE_PORT_RUN:
                return port_run(a, b, c, d);
        case GATE_CLOCK_PAGE:
                return clock_page();
        case GATE_SET_FS:
                return set_fs(a);
        case GATE_QUERY:
                return paging_query(a);
        case GATE_EXIT:
                triple_fault();
        default:
                return -ENOSYS;
        }
}

void gate(struct frame *frame)
{
        frame->rax = (uint64_t)call(frame);
}
