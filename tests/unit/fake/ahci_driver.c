/* The driver of AHCI, over the registers of fake/ahci.h. */
#include <fake/ahci.h>
#include <x86_64/memory/device.h>

#define mmio_read32  fake_ahci_read
#define mmio_write32 fake_ahci_write

#include <cdrom/ahci.c> /* NOLINT(bugprone-suspicious-include): with its registers replaced */
