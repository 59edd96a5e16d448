/* PCI configuration space of a few functions, in memory; device mappings and interrupts that are recorded. */
#include <errno.h>
#include <string.h>

#include <acpi/acpi.h>
#include <fake/pci_space.h>
#include <x86_64/memory/device.h>
#include <x86_64/interrupt/irq.h>

struct fake_pci_function fake_pci[FAKE_PCI_FUNCTIONS];
unsigned fake_pci_accesses;
uint64_t fake_device_mapped[8];
unsigned fake_device_maps;
_Alignas(4096) uint8_t fake_device_memory[1 << 16];
unsigned fake_vectors;
void (*fake_handlers[16])(void *ctx);
void *fake_handler_ctx[16];
unsigned fake_routed_gsi, fake_routed_vector;
int fake_route_error;

void fake_pci_reset(void)
{
        memset(fake_pci, 0, sizeof fake_pci);
        memset(fake_device_memory, 0, sizeof fake_device_memory);
        fake_pci_accesses = 0;
        fake_device_maps = 0;
        fake_vectors = 0;
        fake_route_error = 0;
}

static struct fake_pci_function *find(const struct pci_function *f)
{
        for (unsigned i = 0; i < FAKE_PCI_FUNCTIONS; i++)
                if (fake_pci[i].present && fake_pci[i].bus == f->bus && fake_pci[i].slot == f->slot &&
                    fake_pci[i].function == f->function)
                        return &fake_pci[i];
        return NULL;
}

bool pci_present(void)
{
        return true;
}

uint32_t pci_read32(const struct pci_function *function, unsigned offset)
{
        const struct fake_pci_function *f = find(function);
        fake_pci_accesses++;
        return f != NULL && offset < 256 ? f->space[offset / 4] : UINT32_MAX;
}

void pci_write32(const struct pci_function *function, unsigned offset, uint32_t value)
{
        struct fake_pci_function *f = find(function);
        fake_pci_accesses++;
        if (f == NULL || offset >= 256)
                return;
        if (offset >= 0x10 && offset < 0x28) {
                uint32_t mask = f->bar_mask[(offset - 0x10) / 4];
                f->space[offset / 4] = (f->space[offset / 4] & ~mask) | (value & mask);
        } else if (offset == 4) {
                f->space[1] = (f->space[1] & 0xffff0000) | (value & 0xffff);
        } else {
                f->space[offset / 4] = value;
        }
}

struct fake_pci_function *fake_pci_add(uint8_t bus, uint8_t slot, uint8_t function, uint16_t vendor, uint16_t device)
{
        for (unsigned i = 0; i < FAKE_PCI_FUNCTIONS; i++) {
                struct fake_pci_function *f = &fake_pci[i];
                if (f->present)
                        continue;
                *f = (struct fake_pci_function){.present = true, .bus = bus, .slot = slot, .function = function};
                f->space[0] = vendor | (uint32_t)device << 16;
                return f;
        }
        return NULL;
}

void fake_pci_put(struct fake_pci_function *f, unsigned offset, uint32_t value)
{
        f->space[offset / 4] = value;
}

void fake_pci_bar(struct fake_pci_function *f, unsigned n, uint32_t address, uint32_t bytes)
{
        f->bar_mask[n] = ~(bytes - 1);
        f->space[4 + n] = address;
}

struct fake_pci_function *fake_pci_add_virtio(uint8_t slot)
{
        struct fake_pci_function *f = fake_pci_add(0, slot, 0, 0x1af4, 0x1041);
        fake_pci_put(f, 0x04, 0x00100000);
        fake_pci_bar(f, 1, 0xfebd1000, 0x1000);
        fake_pci_bar(f, 4, 0xfe000000, 0x4000);
        f->space[8] |= 4; /* BAR 4 has 64 bits */
        f->bar_mask[5] = UINT32_MAX;
        fake_pci_put(f, 0x34, 0x40);
        /* vendor capability: header, BAR, offset, length, and for the doorbells a multiplier */
        const uint32_t capabilities[][6] = {
                {0x40, 0x01105009, 4, 0x0000, 0x1000, 0}, /* common */
                {0x50, 0x04106009, 4, 0x2000, 0x1000, 0}, /* the device's own */
                {0x60, 0x02148009, 4, 0x3000, 0x1000, 4}, /* doorbells */
        };
        for (unsigned i = 0; i < 3; i++) {
                unsigned at = capabilities[i][0];
                fake_pci_put(f, at, capabilities[i][1]);
                fake_pci_put(f, at + 4, capabilities[i][2]);
                fake_pci_put(f, at + 8, capabilities[i][3]);
                fake_pci_put(f, at + 12, capabilities[i][4]);
                if (i == 2)
                        fake_pci_put(f, at + 16, capabilities[i][5]);
        }
        fake_pci_put(f, 0x80, 0x00020011); /* MSI-X, 3 entries, the end */
        fake_pci_put(f, 0x84, 1);
        return f;
}

volatile void *device_map(uint64_t physical, size_t bytes)
{
        fake_device_mapped[fake_device_maps++ % 8] = physical;
        unsigned offset = (unsigned)(physical & 0x7000);
        return bytes <= sizeof fake_device_memory - offset ? fake_device_memory + offset : NULL;
}

int irq_vector_alloc(void (*handler)(void *ctx), void *ctx)
{
        if (fake_vectors == 16)
                return -ENOSPC;
        fake_handlers[fake_vectors] = handler;
        fake_handler_ctx[fake_vectors] = ctx;
        return (int)(0x30 + fake_vectors++);
}

int irq_route(unsigned gsi, unsigned vector, unsigned flags)
{
        (void)flags;
        fake_routed_gsi = gsi;
        fake_routed_vector = vector;
        return fake_route_error;
}
