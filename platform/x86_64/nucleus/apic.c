/*
 * Interrupt controllers: the local APIC, through its page (Intel SDM volume 3, chapter 11), and I/O APICs (82093AA,
 * section 3). Turned on when ring 3 first asks for what needs them: a program that never waits does not pay for it.
 */
#include "cpu.h"
#include "nucleus.h"

/* Registers of the local APIC: offset in its page. */
enum { APIC_ID = 0x20, APIC_TPR = 0x80, APIC_EOI = 0xb0, APIC_SVR = 0xf0, APIC_LVT_TIMER = 0x320 };
enum { APIC_LVT_LINT0 = 0x350, APIC_TIMER_INITIAL = 0x380, APIC_TIMER_CURRENT = 0x390, APIC_TIMER_DIVIDE = 0x3e0 };

#define APIC_PAGE         0xfee00000ull /* where it is after a reset, and where ring 3 may map nothing (gate.c) */
#define APIC_BASE_X2APIC  0x400ull
#define APIC_BASE_ENABLE  0x800ull
#define APIC_BASE_ADDRESS 0x000ffffffffff000ull
#define APIC_SVR_ENABLE   0x100u
#define APIC_LVT_MASKED   0x10000u
#define APIC_DIVIDE_BY_1  0xbu

/* An I/O APIC: an index and a data register; entry n of its table is registers 0x10 + 2n (low) and 0x11 + 2n. */
enum { IOAPIC_INDEX = 0x00, IOAPIC_DATA = 0x10, IOAPIC_VERSION = 1, IOAPIC_TABLE = 0x10 };

#define IOAPIC_FIRST      0xfec00000ull /* where PCs have I/O APICs, one for each page; ring 3 may name no other place */
#define IOAPIC_LAST       0xfed00000ull
#define IOAPIC_ACTIVE_LOW 0x2000u
#define IOAPIC_LEVEL      0x8000u
#define IOAPIC_MASKED     0x10000u

static volatile uint32_t *apic_page; /* NULL until apic_start */

/* Of routed vectors: page of the I/O APIC | pin | LEVEL; 0 when there is none. */
#define LEVEL 0x800u
static uint64_t sources[GATE_VECTOR_TIMER + 1 - GATE_VECTOR_FIRST];

static void apic_write(unsigned reg, uint32_t value)
{
        apic_page[reg / 4] = value;
}

/* False: on Xen, whose events need no controllers. */
bool apic_start(void)
{
        if (apic_page != NULL || boot_info.hypervisor == GATE_HV_XEN)
                return apic_page != NULL;
        uint64_t base = rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_ENABLE | APIC_BASE_X2APIC | APIC_BASE_ADDRESS);
        wrmsr(MSR_APIC_BASE, base); /* the way back from x2APIC mode, if firmware left it on, is through off */
        wrmsr(MSR_APIC_BASE, base | APIC_PAGE | APIC_BASE_ENABLE);
        apic_page = window(WINDOW_APIC, APIC_PAGE, true);
        cpu.acknowledge = &apic_page[APIC_EOI / 4];
        apic_write(APIC_SVR, APIC_SVR_ENABLE | VECTOR_SPURIOUS);
        apic_write(APIC_TPR, 0);
        apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED); /* firmware may have left the old controller wired to it */
        apic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_1);
        apic_write(APIC_LVT_TIMER, GATE_VECTOR_TIMER);
        return true;
}

int64_t apic_timer_arm(uint64_t ticks)
{
        if (ticks > UINT32_MAX)
                return -EINVAL;
        if (!apic_start())
                return -ENODEV;
        apic_write(APIC_TIMER_INITIAL, (uint32_t)ticks);
        return 0;
}

int64_t apic_timer_left(void)
{
        return apic_start() ? (int64_t)apic_page[APIC_TIMER_CURRENT / 4] : -ENODEV;
}

static volatile uint32_t *ioapic_select(uint64_t ioapic, uint64_t index)
{
        char *registers = window(WINDOW_IOAPIC, ioapic, true);
        *(volatile uint32_t *)(registers + IOAPIC_INDEX) = (uint32_t)index;
        return (volatile uint32_t *)(registers + IOAPIC_DATA);
}

static int64_t ioapic_check(uint64_t ioapic, uint64_t pin)
{
        if (!apic_start())
                return -ENODEV;
        if (ioapic % GATE_PAGE_SIZE != 0 || !within(ioapic, GATE_PAGE_SIZE, IOAPIC_FIRST, IOAPIC_LAST) ||
            !boot_info_is_device(&boot_info, ioapic, GATE_PAGE_SIZE))
                return -EINVAL;
        uint32_t version = *ioapic_select(ioapic, IOAPIC_VERSION);
        if ((version & 0xff) == 0 || version == UINT32_MAX || pin > (version >> 16 & 0xff))
                return -EINVAL;
        return 0;
}

int64_t ioapic_route(uint64_t ioapic, uint64_t pin, uint64_t vector, uint64_t flags)
{
        if (vector < GATE_VECTOR_FIRST || vector > GATE_VECTOR_LAST || flags > (GATE_IRQ_LEVEL | GATE_IRQ_ACTIVE_LOW))
                return -EINVAL;
        int64_t error = ioapic_check(ioapic, pin);
        if (error != 0)
                return error;
        uint32_t low = (uint32_t)vector | (flags & GATE_IRQ_LEVEL ? IOAPIC_LEVEL : 0) |
                       (flags & GATE_IRQ_ACTIVE_LOW ? IOAPIC_ACTIVE_LOW : 0);
        uint64_t entry = IOAPIC_TABLE + 2 * pin;
        sources[vector - GATE_VECTOR_FIRST] = ioapic | pin | (flags & GATE_IRQ_LEVEL ? LEVEL : 0);
        *ioapic_select(ioapic, entry) = low | IOAPIC_MASKED;
        *ioapic_select(ioapic, entry + 1) = apic_page[APIC_ID / 4]; /* this CPU, in the same bits */
        *ioapic_select(ioapic, entry) = low;
        return 0;
}

/* Changes the mask bit only. */
static void set_mask(uint64_t source, bool masked)
{
        volatile uint32_t *data = ioapic_select(source & ~(GATE_PAGE_SIZE - 1), IOAPIC_TABLE + 2 * (source % LEVEL));
        uint32_t low = *data;
        *data = masked ? low | IOAPIC_MASKED : low & ~IOAPIC_MASKED;
}

/* Only of a pin that was routed, or it could be unmasked into an exception's vector. */
int64_t ioapic_mask(uint64_t ioapic, uint64_t pin, uint64_t masked)
{
        for (unsigned i = 0; masked <= 1 && pin < LEVEL && i < sizeof(sources) / sizeof(sources[0]); i++) {
                if (sources[i] != 0 && (sources[i] & ~(uint64_t)LEVEL) == (ioapic | pin)) {
                        set_mask(ioapic | pin, masked != 0);
                        return 0;
                }
        }
        return -EINVAL;
}

/* A level-triggered input stays quiet until ring 3 has served its device and unmasks it. */
void ioapic_mask_arrived(unsigned vector)
{
        uint64_t source = sources[vector - GATE_VECTOR_FIRST];
        if (source & LEVEL)
                set_mask(source & ~(uint64_t)LEVEL, true);
}
