/* Finds the functions of all buses: bus 0, then those behind bridges, each bus once whatever the bridges say. */
#include <coracle/log.h>
#include <pci/pci.h>

#define OFFSET_ID     0x00u
#define OFFSET_HEADER 0x0cu
#define OFFSET_BUSES  0x18u

#define HEADER_BRIDGE   0x01u /* PCI Local Bus 3.0, section 6.1, header type */
#define HEADER_MULTIPLE 0x80u

static struct pci_function found[PCI_FUNCTIONS_MAX];
static unsigned found_count;
static bool scanned;

struct scan {
        uint8_t queue[256]; /* buses to look at, each at most once */
        unsigned queued;
        uint32_t seen[8];
};

static void enqueue(struct scan *scan, uint8_t bus)
{
        if ((scan->seen[bus / 32] >> bus % 32 & 1) != 0)
                return;
        scan->seen[bus / 32] |= 1u << bus % 32;
        scan->queue[scan->queued++] = bus;
}

/* Returns whether there is a function, and its header type. */
static bool scan_function(struct scan *scan, uint8_t bus, uint8_t slot, uint8_t function, uint8_t *header)
{
        struct pci_function f = {.bus = bus, .slot = slot, .function = function};
        uint32_t id = pci_read32(&f, OFFSET_ID);
        f.vendor = (uint16_t)id;
        f.device = (uint16_t)(id >> 16);
        if (f.vendor == 0xffff || f.vendor == 0)
                return false;
        *header = (uint8_t)(pci_read32(&f, OFFSET_HEADER) >> 16);
        if ((*header & ~HEADER_MULTIPLE) == HEADER_BRIDGE) {
                uint8_t secondary = (uint8_t)(pci_read32(&f, OFFSET_BUSES) >> 8);
                if (secondary != 0) /* 0: firmware left the bridge closed */
                        enqueue(scan, secondary);
                return true;
        }
        if (found_count < PCI_FUNCTIONS_MAX)
                found[found_count++] = f;
        else
                log_info("pci", "%02x:%02x.%x is one function too many and is not used", bus, slot, function);
        return true;
}

static void scan_bus(struct scan *scan, uint8_t bus)
{
        for (uint8_t slot = 0; slot < 32; slot++) {
                uint8_t header;
                if (!scan_function(scan, bus, slot, 0, &header) || (header & HEADER_MULTIPLE) == 0)
                        continue;
                for (uint8_t function = 1; function < 8; function++)
                        scan_function(scan, bus, slot, function, &header);
        }
}

const struct pci_function *pci_function_get(unsigned n)
{
        if (!scanned && pci_present()) {
                struct scan scan = {.queued = 0};
                enqueue(&scan, 0);
                for (unsigned i = 0; i < scan.queued; i++)
                        scan_bus(&scan, scan.queue[i]);
        }
        scanned = true;
        return n < found_count ? &found[n] : NULL;
}
