/* Where configuration space is mapped into memory. */
#ifndef CORACLE_PCI_ECAM_H
#define CORACLE_PCI_ECAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ECAM_BUS_BYTES (1ul << 20)

struct ecam {
        uint64_t base; /* of bus 0 */
        uint8_t last_bus;
};

/* What ACPI says of segment 0: the MCFG table, else the host bridge's _CBA in the DSDT. False: nothing. */
bool ecam_find(struct ecam *ecam);

/* The two sources on their own. */
bool ecam_parse_mcfg(const uint8_t *table, size_t bytes, struct ecam *ecam);
bool ecam_parse_dsdt(const uint8_t *table, size_t bytes, struct ecam *ecam);

#endif
