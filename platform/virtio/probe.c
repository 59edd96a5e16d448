/*
 * Where virtio devices are: `virtio_mmio.device=` words (microvm and Firecracker without ACPI), else ACPI's list of
 * transports, and PCI. Nothing is looked at before a class asks for its devices.
 */
#include <acpi/acpi.h>
#include <coracle/log.h>
#include <coracle/memory.h>
#include <coracle/options.h>
#include <virtio/mmio.h>
#include <virtio/pci.h>
#include <x86_64/nucleus/gate.h>

#define PLACES_MAX 64u

struct probe {
        enum virtio_type type;
        int (*start)(struct virtio_device *device);
        unsigned started;
};

/* Transports live as long as the guest: an interrupt may name one even after its device failed. */
union transport {
        struct virtio_mmio mmio;
        struct virtio_pci pci;
};

_Static_assert(sizeof(union transport) <= 4096, "one page each");

static void try(struct probe *probe, struct virtio_device *device)
{
        if (probe->start(device) == 0)
                probe->started++;
}

static void try_mmio(struct probe *probe, const struct acpi_virtio_mmio *place)
{
        union transport *transport = page_alloc(0);
        if (transport == NULL)
                return;
        int error = virtio_mmio_open(&transport->mmio, probe->type, place->base, place->bytes, place->gsi,
                                     place->irq_flags);
        if (error == 0)
                try(probe, &transport->mmio.device);
        else
                page_free(transport, 0);
}

/* Returns whether there are such words: then this hypervisor describes its devices in no other way. */
static bool probe_words(struct probe *probe)
{
        const char *word;
        unsigned n = 0;
        for (; n < PLACES_MAX && (word = option_word("virtio_mmio.device", n)) != NULL; n++) {
                struct acpi_virtio_mmio place = {.irq_flags = 0};
                if (virtio_mmio_parse(word, &place.bytes, &place.base, &place.gsi) == 0)
                        try_mmio(probe, &place);
                else
                        log_error("virtio", "virtio_mmio.device=%s is not SIZE@ADDRESS:IRQ; it is ignored", word);
        }
        return n != 0;
}

static void probe_acpi(struct probe *probe)
{
        struct acpi_virtio_mmio place;
        for (unsigned n = 0; n < PLACES_MAX && acpi_virtio_mmio(n, &place) == 0; n++) {
                place.irq_flags &= ~(unsigned)GATE_IRQ_LEVEL; /* mmio.c says why an edge is enough */
                try_mmio(probe, &place);
        }
}

static void probe_pci(struct probe *probe)
{
        const struct pci_function *function;
        for (unsigned n = 0; (function = pci_function_get(n)) != NULL; n++) {
                if (virtio_pci_type(function) != (uint32_t)probe->type)
                        continue;
                union transport *transport = page_alloc(0);
                if (transport == NULL)
                        return;
                if (virtio_pci_open(&transport->pci, function) == 0)
                        try(probe, &transport->pci.device);
                else
                        page_free(transport, 0);
        }
}

unsigned virtio_probe(enum virtio_type type, int (*start)(struct virtio_device *device))
{
        struct probe probe = {.type = type, .start = start};
        if (!probe_words(&probe)) {
                probe_acpi(&probe);
                probe_pci(&probe);
        }
        return probe.started;
}
