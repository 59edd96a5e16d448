/*
 * INTx, the wires of functions without messages (PCI Local Bus 3.0, sections 2.2.6 and 6.2.4).
 *
 * Where a wire ends is what firmware left in the interrupt line register: an ISA interrupt, which the machines that
 * have such functions wire to the I/O APIC as well. The other source would be ACPI's _PRT, whose links are methods that
 * read and write the chip set: they would have to be run.
 *
 * Functions share wires. A wire is level-triggered: the nucleus masks it when it arrives, and it is unmasked when every
 * handler has run. Functions that no driver connects are told not to use theirs, or they would hold it down for ever.
 */
#include <errno.h>

#include <acpi/acpi.h>
#include <pci/pci.h>
#include <x86_64/interrupt/irq.h>
#include <x86_64/nucleus/gate.h>

#define OFFSET_COMMAND   0x04u
#define OFFSET_INTERRUPT 0x3cu
#define COMMAND_NO_INTX  0x400u
#define PIN_LAST         4u
#define ISA_LAST         15u
#define LINE_UNKNOWN     255u

#define WIRES_MAX 8u
#define USERS_MAX 8u

struct wire {
        unsigned gsi;
        unsigned users;
        struct {
                void (*handler)(void *ctx);
                void *ctx;
        } user[USERS_MAX];
};

static struct wire wires[WIRES_MAX];
static unsigned wire_count;

static void set_quiet(const struct pci_function *function, bool quiet)
{
        uint32_t command = pci_read32(function, OFFSET_COMMAND) & 0xffff; /* zeroes change nothing in the status */
        command = quiet ? command | COMMAND_NO_INTX : command & ~COMMAND_NO_INTX;
        pci_write32(function, OFFSET_COMMAND, command);
}

static void arrived(void *ctx)
{
        const struct wire *wire = ctx;
        for (unsigned i = 0; i < wire->users; i++)
                wire->user[i].handler(wire->user[i].ctx);
        (void)irq_mask(wire->gsi, false);
}

/* Whether the interrupt line register says something, and which input of the I/O APICs that is. */
static bool find_gsi(const struct pci_function *function, unsigned *gsi, unsigned *flags)
{
        uint32_t interrupt = pci_read32(function, OFFSET_INTERRUPT);
        unsigned line = interrupt & 0xff, pin = interrupt >> 8 & 0xff;
        *gsi = line;
        *flags = 0;
        if (pin == 0 || pin > PIN_LAST || line == 0 || line == LINE_UNKNOWN)
                return false;
        if (line <= ISA_LAST)
                acpi_isa_interrupt(line, gsi, flags);
        if ((*flags & GATE_IRQ_LEVEL) == 0) /* no override: as PCI has it, section 2.2.6 */
                *flags = GATE_IRQ_LEVEL | GATE_IRQ_ACTIVE_LOW;
        return true;
}

static struct wire *find_wire(unsigned gsi)
{
        for (unsigned i = 0; i < wire_count; i++)
                if (wires[i].gsi == gsi)
                        return &wires[i];
        return NULL;
}

static void quieten_all(void)
{
        const struct pci_function *function;
        for (unsigned n = 0; (function = pci_function_get(n)) != NULL; n++)
                set_quiet(function, true);
}

int pci_intx_connect(const struct pci_function *function, void (*handler)(void *ctx), void *ctx)
{
        unsigned gsi, flags;
        if (!find_gsi(function, &gsi, &flags))
                return -ENODEV;
        if (wire_count == 0)
                quieten_all();
        struct wire *wire = find_wire(gsi);
        bool is_new = wire == NULL;
        if (is_new && wire_count == WIRES_MAX)
                return -ENOSPC;
        if (is_new)
                wire = &wires[wire_count];
        if (wire->users == USERS_MAX)
                return -ENOSPC;
        wire->gsi = gsi;
        wire->user[wire->users].handler = handler;
        wire->user[wire->users].ctx = ctx;
        wire->users++;
        if (is_new) {
                int vector = irq_vector_alloc(arrived, wire);
                int error = vector < 0 ? vector : irq_route(gsi, (unsigned)vector, flags);
                if (error != 0) {
                        wire->users = 0;
                        return error;
                }
                wire_count++;
        }
        set_quiet(function, false);
        return 0;
}
