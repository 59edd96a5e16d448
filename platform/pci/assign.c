/*
 * Addresses for BARs that no firmware assigned (QEMU's microvm with pcie=on: its firmware leaves PCI alone).
 * They come from the window that QEMU's gpex bridge decodes there, hw/i386/microvm.h: 0xc0000000 to 0xdfffffff,
 * unless the memory map has RAM in it.
 */
#include <errno.h>

#include <pci/assign.h>
#include <platform.h>

#define WINDOW_START 0xc0000000ull
#define WINDOW_END   0xe0000000ull

static uint64_t next = WINDOW_START;

static void skip_memory(void)
{
        const struct platform_boot *boot = platform_boot_info();
        for (unsigned i = 0; i < boot->memory_count; i++) {
                uint64_t end = boot->memory[i].physical + boot->memory[i].bytes;
                if (boot->memory[i].physical < WINDOW_END && end > next)
                        next = end;
        }
}

int pci_assign(uint64_t bytes, uint64_t *address)
{
        skip_memory();
        uint64_t start = (next + bytes - 1) & ~(bytes - 1);
        if (start < next || start >= WINDOW_END || bytes > WINDOW_END - start)
                return -ENOSPC;
        *address = start;
        next = start + bytes;
        return 0;
}
