/* A card's registers as the fuzzer's device has them: for a card's driver, which is included behind this. */
#ifndef FUZZ_NIC_REGISTERS_H
#define FUZZ_NIC_REGISTERS_H

#include <x86_64/memory/device.h>

uint32_t fuzz_register_read(const volatile void *address);
void fuzz_register_write(volatile void *address, uint32_t value);

#define mmio_read32  fuzz_register_read
#define mmio_write32 fuzz_register_write

#endif
