/*
 * Where configuration space is mapped into memory (ECAM): the MCFG table (PCI Firmware 3.2, section 4.1.2), else a
 * method _CBA in the DSDT that returns a constant (ACPI 6.4, section 6.5.10), which is all that QEMU's microvm has.
 */
#include <pci/ecam.h>

#include <string.h>

#include <acpi/acpi.h>

#define MCFG_ALLOCATIONS 44u /* 36 bytes of header, 8 reserved */

struct mcfg_allocation {
        uint64_t base;
        uint16_t segment;
        uint8_t first_bus, last_bus;
        uint32_t reserved;
};

/* ACPI 6.4, section 20.2: Method, its length (one byte), its name, its flags, Return, an integer's prefix, the integer.
 */
#define AML_METHOD    0x14u
#define AML_RETURN    0xa4u
#define AML_DWORD     0x0cu
#define AML_QWORD     0x0eu
#define NAME_BYTES    4u
#define METHOD_BEHIND 3u /* flags, Return, prefix */

static bool is_sane(const struct ecam *ecam)
{
        return ecam->base != 0 && ecam->base % ECAM_BUS_BYTES == 0 && ecam->base <= UINT64_MAX - 256 * ECAM_BUS_BYTES;
}

bool ecam_parse_mcfg(const uint8_t *table, size_t bytes, struct ecam *ecam)
{
        struct mcfg_allocation entry;
        for (size_t at = MCFG_ALLOCATIONS; at + sizeof entry <= bytes; at += sizeof entry) {
                memcpy(&entry, table + at, sizeof entry);
                *ecam = (struct ecam){.base = entry.base, .last_bus = entry.last_bus};
                if (entry.segment == 0 && entry.first_bus == 0 && is_sane(ecam))
                        return true;
        }
        return false;
}

/* Behind the name at `at` lies a constant of `width` bytes with this prefix. */
static bool constant(const uint8_t *table, size_t bytes, size_t at, uint8_t prefix, size_t width, uint64_t *value)
{
        const uint8_t *behind = table + at + NAME_BYTES;
        if (bytes - at < NAME_BYTES + METHOD_BEHIND + width || behind[1] != AML_RETURN || behind[2] != prefix)
                return false;
        *value = 0;
        memcpy(value, behind + METHOD_BEHIND, width);
        return true;
}

bool ecam_parse_dsdt(const uint8_t *table, size_t bytes, struct ecam *ecam)
{
        for (size_t at = 2; at + NAME_BYTES <= bytes; at++) {
                if (memcmp(table + at, "_CBA", NAME_BYTES) != 0 || table[at - 2] != AML_METHOD)
                        continue;
                *ecam = (struct ecam){.last_bus = 255};
                if ((constant(table, bytes, at, AML_DWORD, 4, &ecam->base) ||
                     constant(table, bytes, at, AML_QWORD, 8, &ecam->base)) &&
                    is_sane(ecam))
                        return true;
        }
        return false;
}

bool ecam_find(struct ecam *ecam)
{
        size_t bytes;
        const void *table = acpi_table("MCFG", &bytes);
        if (table != NULL)
                return ecam_parse_mcfg(table, bytes, ecam);
        table = acpi_table("DSDT", &bytes);
        return table != NULL && ecam_parse_dsdt(table, bytes, ecam);
}
