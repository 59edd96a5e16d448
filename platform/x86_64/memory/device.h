/* How drivers in ring 3 reach device registers: uncached mappings, and I/O ports through the gate. */
#ifndef CORACLE_X86_64_DEVICE_H
#define CORACLE_X86_64_DEVICE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Maps device memory, uncached and writable, for ever; `physical` need not be page-aligned. Ranges of one page that
 * were mapped before are not shared: each call takes address space. NULL: not device memory, or no room.
 */
volatile void *device_map(uint64_t physical, size_t bytes);

/* The same for tables that firmware left in reserved memory: read-only. */
const void *device_map_read_only(uint64_t physical, size_t bytes);

/* I/O ports on the nucleus's list; width in bytes is 1, 2 or 4. A refused port reads as all ones. */
uint32_t port_in(uint16_t port, unsigned width);
void port_out(uint16_t port, unsigned width, uint32_t value);

/* Registers of a mapped device. Each is one access of exactly this width, in program order. */
static inline uint8_t mmio_read8(const volatile void *address)
{
        return *(const volatile uint8_t *)address;
}

static inline uint16_t mmio_read16(const volatile void *address)
{
        return *(const volatile uint16_t *)address;
}

static inline uint32_t mmio_read32(const volatile void *address)
{
        return *(const volatile uint32_t *)address;
}

static inline void mmio_write8(volatile void *address, uint8_t value)
{
        *(volatile uint8_t *)address = value;
}

static inline void mmio_write16(volatile void *address, uint16_t value)
{
        *(volatile uint16_t *)address = value;
}

static inline void mmio_write32(volatile void *address, uint32_t value)
{
        *(volatile uint32_t *)address = value;
}

#endif
