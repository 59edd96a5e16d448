/* Mappings of device memory and of firmware's tables: device.h over the gate. */
#include "device.h"

#include <coracle/memory.h>

#include "gate_call.h"

static char *map(uint64_t physical, size_t bytes, unsigned flags)
{
        uint64_t offset = physical % GATE_PAGE_SIZE;
        if (bytes == 0 || bytes > SIZE_MAX - 2 * GATE_PAGE_SIZE)
                return NULL;
        size_t whole = (bytes + offset + GATE_PAGE_SIZE - 1) & ~(GATE_PAGE_SIZE - 1);
        char *address = address_space_alloc(whole, GATE_PAGE_SIZE);
        if (address == NULL)
                return NULL;
        if (gate_call(GATE_MAP, (uintptr_t)address, physical - offset, whole, flags | GATE_MAP_DEVICE) != 0) {
                address_space_free(address, whole);
                return NULL;
        }
        return address + offset;
}

volatile void *device_map(uint64_t physical, size_t bytes)
{
        return map(physical, bytes, GATE_MAP_WRITE);
}

const void *device_map_read_only(uint64_t physical, size_t bytes)
{
        return map(physical, bytes, 0);
}
