/*
 * From what a Linux boot loader tells (struct boot_params, in Linux's asm/bootparam.h) to what the program's PVH entry
 * expects (struct hvm_start_info, in Xen's arch-x86/hvm/start_info.h), and the program to where it is linked. 32-bit
 * code, paging off, position-independent, entered from entry.S; what cannot go on says why on COM1 and halts.
 *
 * The four steps, in this order: boot_read copies all that is needed into the stub's memory, so that nothing of the
 * loader's may be in the way; boot_place finds room for the stub where the program does not go; boot_load, after the
 * move, copies the program; boot_describe fills in addresses. Loaders load whole files: the ELF was checked when the
 * file was made.
 */
#include <asm/bootparam.h>
#include <stdbool.h>
#include <stddef.h>

#include "program.h"
#include "ram.h"
#include "work.h"

#define PAGE           4096u
#define LOW_LIMIT      (1ull << 32)
#define COM1           0x3f8
#define COM1_STATUS    0x3fd
#define COM1_CAN_WRITE 0x20

/* Where PCs keep the ACPI root pointer: the first KiB of the extended BIOS data area, and the BIOS (ACPI 6.4, 5.2.5.1).
 */
#define EBDA_SEGMENT 0x40eu
#define BIOS_START   0xe0000u
#define BIOS_END     0x100000u

void boot_read(const struct boot_params *params, uint32_t base);
uint32_t boot_place(uint32_t base);
void boot_load(uint32_t base);
uint32_t boot_describe(uint32_t base);

static void print(const char *text)
{
        for (; *text != '\0'; text++) {
                uint8_t status = 0;
                for (unsigned spin = 0; spin < 100000 && !(status & COM1_CAN_WRITE); spin++)
                        __asm__ volatile("inb %w1, %0" : "=a"(status) : "d"(COM1_STATUS));
                __asm__ volatile("outb %0, %w1" : : "a"(*text), "d"(COM1));
        }
}

static _Noreturn void stop(const char *why)
{
        print("\ncoracle boot stub: ");
        print(why);
        print("; halted\n");
        for (;;)
                __asm__ volatile("cli; hlt");
}

static const void *at(uint32_t physical)
{
        return (const void *)physical;
}

/* ---- What the loader tells ---- */

static bool is_root_pointer(uint32_t physical)
{
        static const char signature[8] = "RSD PTR ";
        const char *letters = at(physical);
        for (unsigned i = 0; i < sizeof(signature); i++) {
                if (letters[i] != signature[i])
                        return false;
        }
        uint8_t sum = 0;
        for (unsigned i = 0; i < 20; i++)
                sum = (uint8_t)(sum + (uint8_t)letters[i]);
        return sum == 0;
}

static uint32_t find_root_pointer(uint32_t start, uint32_t end)
{
        for (uint32_t physical = start; physical < end; physical += 16) {
                if (*(const volatile uint32_t *)at(physical) == 0x20445352 && is_root_pointer(physical)) /* "RSD " */
                        return physical;
        }
        return 0;
}

static uint64_t root_pointer(const struct boot_params *params)
{
        if (params->acpi_rsdp_addr != 0)
                return params->acpi_rsdp_addr;
        const uint32_t ebda = (uint32_t) * (const volatile uint16_t *)at(EBDA_SEGMENT) << 4;
        uint32_t found = 0;
        if (ebda >= 0x80000 && ebda < 0xa0000)
                found = find_root_pointer(ebda, ebda + 1024);
        return found != 0 ? found : find_root_pointer(BIOS_START, BIOS_END);
}

void boot_read(const struct boot_params *params, uint32_t base)
{
        struct work *work = boot_work(base);
        const uint32_t count = params->e820_entries;
        if (count == 0 || count > MAP_ENTRIES)
                stop("the boot loader gave no memory map");
        boot_tell(work, root_pointer(params), params->hdr.ramdisk_image, params->hdr.ramdisk_size);
        work->start_info.memmap_entries = count;
        for (uint32_t i = 0; i < count; i++) {
                const struct boot_e820_entry *entry = &params->e820_table[i];
                work->map[i] = (struct hvm_memmap_table_entry){entry->addr, entry->size, entry->type, 0};
        }
        if (!boot_read_command_line(base, at(params->hdr.cmd_line_ptr)))
                stop("the command line is longer than 4095 characters");
}

/* ---- Room ---- */

static bool overlap(uint64_t start, uint64_t bytes, uint64_t other, uint64_t other_end)
{
        return bytes != 0 && start < other_end && other < start + bytes;
}

/* The lowest place in RAM from `least` on that the module leaves free; 0: none below 4 GiB. */
static uint32_t find_room(const struct work *work, uint32_t least, uint32_t bytes)
{
        const struct hvm_modlist_entry *module = &work->module;
        uint64_t best = LOW_LIMIT;
        for (unsigned i = 0; i < work->start_info.memmap_entries; i++) {
                uint64_t start = work->map[i].addr > least ? work->map[i].addr : least;
                start = (start + PAGE - 1) & ~(uint64_t)(PAGE - 1);
                if (overlap(module->paddr, module->size, start, start + bytes))
                        start = (module->paddr + module->size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
                if (start < best && start + bytes <= LOW_LIMIT &&
                    is_ram(work, start, start + bytes, XEN_HVM_MEMMAP_TYPE_RAM))
                        best = start;
        }
        return best == LOW_LIMIT ? 0 : (uint32_t)best;
}

/* Where the stub can stay while the program is put in place: where it is, or behind both. */
uint32_t boot_place(uint32_t base)
{
        const struct stub_description *program = boot_description(base);
        const struct work *work = boot_work(base);
        const struct hvm_modlist_entry *module = &work->module;
        const uint32_t bytes = program->total_bytes + STUB_WORK_BYTES;
        if (!is_for_program(work, program->image_start, program->image_end))
                stop("the program's memory, from 1 MiB on, is not all RAM: give the guest more memory");
        if (overlap(module->paddr, module->size, program->image_start, program->image_end))
                stop("the initial RAM disk is where the program belongs");
        if (!overlap(base, bytes, program->image_start, program->image_end))
                return base;
        const uint32_t least = base + bytes > program->image_end ? base + bytes : program->image_end;
        const uint32_t place = find_room(work, least, bytes);
        if (place == 0)
                stop("no memory for the boot stub: give the guest more memory");
        return place;
}

/* ---- The program ---- */

static uint32_t address(const volatile void *object)
{
        return (uint32_t)object;
}

void boot_load(uint32_t base)
{
        boot_load_program(base);
}

/* What the program's entry gets. */
uint32_t boot_describe(uint32_t base)
{
        struct work *work = boot_work(base);
        work->start_info.memmap_paddr = address(work->map);
        work->start_info.cmdline_paddr = address(work->command_line);
        work->start_info.modlist_paddr = address(&work->module);
        return address(&work->start_info);
}
