/* Which PCI functions are network cards with a driver here, and what is said of those without. */
#include <nic/nic.h>

#include <coracle/log.h>
#include <coracle/options.h>

#define VENDOR_INTEL  0x8086u
#define VENDOR_VMWARE 0x15adu
#define VENDOR_VIRTIO 0x1af4u

#define OFFSET_CLASS  0x08u
#define CLASS_STORAGE 0x01u
#define CLASS_NETWORK 0x02u

static const struct {
        uint16_t vendor, device;
        int (*start)(const struct pci_function *function);
} drivers[] = {
        {VENDOR_INTEL, 0x100e, e1000_start},    /* 82540EM: QEMU, VirtualBox */
        {VENDOR_INTEL, 0x100f, e1000_start},    /* 82545EM: VMware */
        {VENDOR_INTEL, 0x1004, e1000_start},    /* 82543GC: VirtualBox */
        {VENDOR_INTEL, 0x1008, e1000_start},    /* 82544GC: QEMU */
        {VENDOR_INTEL, 0x10d3, e1000_start},    /* 82574L: e1000e of QEMU and VMware */
        {VENDOR_VMWARE, 0x07b0, vmxnet3_start}, /* VMware, QEMU */
};

#define DRIVERS (sizeof drivers / sizeof drivers[0])

/* The driver of a function: an entry of `drivers`, or their number when there is none. */
static unsigned find_driver(const struct pci_function *function)
{
        unsigned i = 0;
        while (i < DRIVERS && (drivers[i].vendor != function->vendor || drivers[i].device != function->device))
                i++;
        return i;
}

/* Asking for the class costs exits: only where somebody wants to know. */
static void describe(const struct pci_function *function, bool missed)
{
        const uint32_t class = pci_read32(function, OFFSET_CLASS) >> 24;
        if (class == CLASS_NETWORK)
                log_write(missed ? LOG_ERROR : LOG_INFO, "net",
                          "PCI %04x:%04x at %02x:%02x.%x has no driver; give the guest a virtio-net, e1000, e1000e or "
                          "vmxnet3 device",
                          function->vendor, function->device, function->bus, function->slot, function->function);
        else if (class == CLASS_STORAGE)
                log_info("pci", "%04x:%04x at %02x:%02x.%x has no driver for the disks it may have", function->vendor,
                         function->device, function->bus, function->slot, function->function);
}

unsigned nic_probe(unsigned expected)
{
        const struct pci_function *function;
        unsigned found = 0;
        if (option_word("virtio_mmio.device", 0) != NULL) /* this hypervisor has no PCI: virtio/probe.c */
                return 0;
        for (unsigned n = 0; (function = pci_function_get(n)) != NULL; n++) {
                const unsigned driver = find_driver(function);
                if (driver < DRIVERS && drivers[driver].start(function) == 0)
                        found++;
        }
        const bool missed = found + expected == 0;
        if (!missed && !option_is("verbose", "1"))
                return found;
        for (unsigned n = 0; (function = pci_function_get(n)) != NULL; n++)
                if (function->vendor != VENDOR_VIRTIO && find_driver(function) == DRIVERS)
                        describe(function, missed);
        return found;
}
