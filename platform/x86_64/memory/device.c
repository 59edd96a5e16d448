/*
 * Device registers: mappings in the last part of the mapping area, which is the platform's own (start.c tells the
 * library OS of the rest only): devices are mapped before there is a library OS, and after it has crashed.
 */
#include "device.h"

#include <stdatomic.h>

#include "device_area.h"
#include <x86_64/gate_call.h>

static void *map(uint64_t physical, size_t bytes, unsigned flags)
{
        static atomic_size_t used;
        const struct gate_boot_info *boot = gate_boot_info();
        const uint64_t offset = physical % GATE_PAGE_SIZE;
        if (bytes == 0 || bytes > DEVICE_AREA_BYTES)
                return NULL;
        const size_t whole = (offset + bytes + GATE_PAGE_SIZE - 1) & ~(GATE_PAGE_SIZE - 1);
        const size_t at = atomic_fetch_add_explicit(&used, whole, memory_order_relaxed);
        if (at > DEVICE_AREA_BYTES || whole > DEVICE_AREA_BYTES - at)
                return NULL;
        const uint64_t address = boot->map_area + boot->map_area_bytes - DEVICE_AREA_BYTES + at;
        if (gate_call(GATE_MAP, address, physical - offset, whole, flags) != 0)
                return NULL;
        return (void *)(address + offset);
}

volatile void *device_map(uint64_t physical, size_t bytes)
{
        return map(physical, bytes, GATE_MAP_DEVICE | GATE_MAP_WRITE);
}

const void *device_map_read_only(uint64_t physical, size_t bytes)
{
        return map(physical, bytes, GATE_MAP_DEVICE);
}
