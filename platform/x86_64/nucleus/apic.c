/*
 * Interrupt controllers: the local APIC, through its page (Intel SDM volume 3, chapter 11), and I/O
 * APICs (82093AA, section 3). Turned on when ring 3 first asks for something that needs them: a program that never
 * waits does not pay for it.
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
uint64_t level_vectors;

/* Of each vector in level_vectors: page of the I/O APIC | pin. */
static uint64_t level_source[GATE_VECTOR_LAST - GATE_VECTOR_FIRST + 1];

static void apic_write(unsigned reg, uint32_t value)
{
        apic_page[reg / 4] = value;
}

void apic_start(void)
{
        if (apic_page != NULL)
                return;
        uint64_t base = rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_ENABLE | APIC_BASE_X2APIC | APIC_BASE_ADDRESS);
        wrmsr(MSR_APIC_BASE, base); /* the way back from x2APIC mode, if firmware left it on, is through off */
        wrmsr(MSR_APIC_BASE, base | APIC_PAGE | APIC_BASE_ENABLE);
        apic_page = window(WINDOW_APIC, APIC_PAGE, true);
        apic_write(APIC_SVR, APIC_SVR_ENABLE | VECTOR_SPURIOUS);
        apic_write(APIC_TPR, 0);
        apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED); /* firmware may have left the old controller wired to it */
        apic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_1);
        apic_write(APIC_LVT_TIMER, GATE_VECTOR_TIMER);
}

void apic_end_of_interrupt(void)
{
        if (apic_page != NULL)
                apic_write(APIC_EOI, 0);
}

int64_t apic_timer_arm(uint64_t ticks)
{
        if (ticks > UINT32_MAX)
                return -EINVAL;
        apic_start();
        apic_write(APIC_TIMER_INITIAL, (uint32_t)ticks);
        return 0;
}

uint32_t apic_timer_left(void)
{
        apic_start();
        return apic_page[APIC_TIMER_CURRENT / 4];
}

static volatile uint32_t *ioapic_select(uint64_t ioapic, unsigned index)
{
        char *registers = window(WINDOW_IOAPIC, ioapic, true);
        *(volatile uint32_t *)(registers + IOAPIC_INDEX) = index;
        return (volatile uint32_t *)(registers + IOAPIC_DATA);
}

static int64_t ioapic_check(uint64_t ioapic, uint64_t pin)
{
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
        apic_start();
        uint32_t low = (uint32_t)vector | (flags & GATE_IRQ_LEVEL ? IOAPIC_LEVEL : 0) |
                       (flags & GATE_IRQ_ACTIVE_LOW ? IOAPIC_ACTIVE_LOW : 0);
        unsigned entry = IOAPIC_TABLE + 2 * (unsigned)pin;
        level_source[vector - GATE_VECTOR_FIRST] = ioapic | pin;
        level_vectors &= ~(1ull << (vector - GATE_VECTOR_FIRST));
        level_vectors |= (flags & GATE_IRQ_LEVEL) << (vector - GATE_VECTOR_FIRST);
        *ioapic_select(ioapic, entry) = low | IOAPIC_MASKED;
        *ioapic_select(ioapic, entry + 1) = apic_page[APIC_ID / 4]; /* this CPU, in the same bits */
        *ioapic_select(ioapic, entry) = low;
        return 0;
}

static void set_mask(uint64_t ioapic, unsigned pin, bool masked)
{
        volatile uint32_t *data = ioapic_select(ioapic, IOAPIC_TABLE + 2 * pin);
        uint32_t low = *data;
        *data = masked ? low | IOAPIC_MASKED : low & ~IOAPIC_MASKED;
}

/* Only the mask bit changes, so an entry that was never routed cannot be unmasked into an exception's vector. */
int64_t ioapic_mask(uint64_t ioapic, uint64_t pin, uint64_t masked)
{
        int64_t error = masked > 1 ? -EINVAL : ioapic_check(ioapic, pin);
        if (error != 0)
                return error;
        uint32_t low = *ioapic_select(ioapic, IOAPIC_TABLE + 2 * (unsigned)pin);
        if ((low & 0xff) < GATE_VECTOR_FIRST || (low & 0xff) > GATE_VECTOR_LAST)
                return -EINVAL;
        set_mask(ioapic, (unsigned)pin, masked != 0);
        return 0;
}

/* A level-triggered input stays quiet until ring 3 has served its device and unmasks it. */
void ioapic_mask_arrived(unsigned vector)
{
        uint64_t source = level_source[vector - GATE_VECTOR_FIRST];
        set_mask(source & ~(GATE_PAGE_SIZE - 1), (unsigned)(source % GATE_PAGE_SIZE), true);
}
