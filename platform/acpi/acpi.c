/*
 * Finds and maps ACPI tables. The root is looked for once; a table is mapped, checked and kept at its first use. Two
 * CPUs that ask at once may both map it: they keep one of the two.
 */
#include <acpi/acpi.h>

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <acpi/table.h>
#include <x86_64/memory/device.h>
#include <x86_64/gate_call.h>

#define TABLES_MAX 64u /* in the root table; more is not a machine's */

#define IOAPIC_DEFAULT      0xfec00000u
#define IOAPIC_DEFAULT_PINS 24u

#define CACHE_MAX 4u
struct cached_table {
        struct acpi_bytes table;
        char signature[4];
        atomic_bool valid;
};

static struct {
        atomic_bool looked;
        uint64_t root;
        unsigned entry_bytes;
        struct acpi_bytes table;
} root;

static struct cached_table cache[CACHE_MAX];
static atomic_uint cache_used;

static struct acpi_bytes map_bytes(uint64_t physical, size_t bytes)
{
        const void *data = device_map_read_only(physical, bytes);
        return (struct acpi_bytes){data, data != NULL ? bytes : 0};
}

/* Maps a whole table and checks it. No bytes when it is not one. */
static struct acpi_bytes map_table(uint64_t physical)
{
        const struct acpi_bytes none = {NULL, 0};
        const struct acpi_bytes header = physical != 0 ? map_bytes(physical, ACPI_HEADER_BYTES) : none;
        const size_t length = header.count != 0 ? acpi_table_length(header) : 0;
        const struct acpi_bytes table = length != 0 ? map_bytes(physical, length) : none;
        return table.count != 0 && acpi_checksum_is_good(table) ? table : none;
}

static bool parse_root_at(uint64_t physical)
{
        const struct acpi_bytes pointer = map_bytes(physical, ACPI_RSDP_V2_BYTES);
        return pointer.count != 0 && acpi_parse_rsdp(pointer, &root.root, &root.entry_bytes);
}

/*
 * The boot protocol says where the root pointer is, or that there is none (PVH: rsdp_paddr). The BIOS area is not
 * searched: reading it on a machine without ACPI took 4 to 20 ms on the software KVM, where each access is an exit.
 */
static struct acpi_bytes root_table(void)
{
        if (!atomic_load_explicit(&root.looked, memory_order_acquire)) {
                const uint64_t told = gate_boot_info()->rsdp;
                if (told != 0 && parse_root_at(told))
                        root.table = map_table(root.root);
                atomic_store_explicit(&root.looked, true, memory_order_release);
        }
        return root.table;
}

static struct acpi_bytes find_table(const char *signature);

static struct acpi_bytes find_dsdt(void)
{
        struct acpi_power power;
        acpi_parse_fadt(find_table("FACP"), &power);
        const struct acpi_bytes dsdt = map_table(power.dsdt);
        return acpi_has_signature(dsdt, "DSDT") ? dsdt : (struct acpi_bytes){NULL, 0};
}

static struct acpi_bytes search_table(const char *signature)
{
        if (memcmp(signature, "DSDT", 4) == 0)
                return find_dsdt();
        const struct acpi_bytes all = root_table();
        for (unsigned n = 0; n < TABLES_MAX; n++) {
                const uint64_t physical = acpi_root_entry(all, root.entry_bytes, n);
                const struct acpi_bytes header =
                        physical != 0 ? map_bytes(physical, ACPI_HEADER_BYTES) : (struct acpi_bytes){NULL, 0};
                if (acpi_has_signature(header, signature))
                        return map_table(physical);
        }
        return (struct acpi_bytes){NULL, 0};
}

static struct acpi_bytes find_table(const char *signature)
{
        if (root_table().count == 0) /* no ACPI */
                return (struct acpi_bytes){NULL, 0};
        for (unsigned i = 0; i < CACHE_MAX; i++)
                if (atomic_load_explicit(&cache[i].valid, memory_order_acquire) &&
                    memcmp(cache[i].signature, signature, 4) == 0)
                        return cache[i].table;
        const struct acpi_bytes table = search_table(signature);
        const unsigned slot = atomic_fetch_add_explicit(&cache_used, 1, memory_order_relaxed);
        if (slot < CACHE_MAX) {
                memcpy(cache[slot].signature, signature, 4);
                cache[slot].table = table;
                atomic_store_explicit(&cache[slot].valid, true, memory_order_release);
        }
        return table;
}

const void *acpi_table(const char *signature, size_t *bytes)
{
        const struct acpi_bytes table = find_table(signature);
        *bytes = table.count;
        return table.data;
}

int acpi_virtio_mmio(unsigned n, struct acpi_virtio_mmio *device)
{
        return acpi_find_virtio_mmio(find_table("DSDT"), n, device) ? 0 : -ENOENT;
}

int acpi_ioapic(unsigned gsi, uint64_t *ioapic_physical, unsigned *pin)
{
        const struct acpi_bytes madt = find_table("APIC");
        if (madt.count != 0)
                return acpi_find_ioapic(madt, gsi, ioapic_physical, pin) ? 0 : -EINVAL;
        *ioapic_physical = IOAPIC_DEFAULT;
        *pin = gsi;
        return gsi < IOAPIC_DEFAULT_PINS ? 0 : -EINVAL;
}

void acpi_isa_interrupt(unsigned isa, unsigned *gsi, unsigned *irq_flags)
{
        if (acpi_find_override(find_table("APIC"), isa, gsi, irq_flags))
                return;
        *gsi = isa;
        *irq_flags = 0;
}
