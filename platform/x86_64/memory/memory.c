/* Mappings of the mapping area through the gate, and the addresses that devices use. */
#include <platform.h>

#include <x86_64/gate_call.h>

int platform_map(void *address, uint64_t physical, size_t bytes, bool writable)
{
        return (int)gate_call(GATE_MAP, (uint64_t)address, physical, bytes, writable ? GATE_MAP_WRITE : 0);
}

int platform_unmap(void *address, size_t bytes)
{
        return (int)gate_call(GATE_UNMAP, (uint64_t)address, bytes, 0, 0);
}

int platform_protect(void *address, size_t bytes, bool writable)
{
        return (int)gate_call(GATE_PROTECT, (uint64_t)address, bytes, writable ? GATE_MAP_WRITE : 0, 0);
}

/* The direct map and the image each lie at one distance from their physical addresses. */
uint64_t platform_dma_address(const void *pointer)
{
        const struct gate_boot_info *boot = gate_boot_info();
        uint64_t address = (uint64_t)pointer;
        if (address - boot->direct_map < boot->direct_map_bytes)
                return address - boot->direct_map;
        if (address - boot->image_bias - boot->image_start < boot->image_end - boot->image_start)
                return address - boot->image_bias;
        return PLATFORM_NO_DMA;
}
