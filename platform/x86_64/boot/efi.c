/*
 * The EFI application: notes what UEFI tells where the stub's 32-bit code expects it (work.h), leaves the firmware, and
 * enters that code.
 *
 * Where the program's memory is free, as a rule, the program is put in place here. Otherwise something of the firmware
 * may be in it, down to the page tables in use, and the 32-bit code puts the program in place, which runs without
 * paging. It needs the stub below 4 GiB: from above, stub and program are copied first.
 *
 * Firmware that runs under an emulator is slow where it runs for the first time: what can be had without it is.
 *
 * What is wrong before ExitBootServices is said on the firmware's console, and the firmware gets an error back.
 */
#include "efi.h"

#include <asm/bootparam.h>
#include <stdbool.h>
#include <stddef.h>

#include "program.h"
#include "ram.h"
#include "work.h"

#define PAGE      4096u
#define MAP_BYTES (16 * PAGE) /* on the stack, of which there are 128 KiB at least (UEFI 2.10, section 2.3.4) */
#define BELOW_4G  0xffffffffull

efi_status efi_boot(efi_handle image, struct efi_system_table *system, const struct boot_params *given,
                    const unsigned char *base);
_Noreturn void efi_leave(uintptr_t entry, bool in_place);

static efi_status refuse(struct efi_system_table *system, const uint16_t *why)
{
        if (system->output != NULL)
                system->output->output_string(system->output, why);
        return EFI_LOAD_ERROR;
}

static uint64_t find_table(const struct efi_system_table *system, const struct efi_guid *guid)
{
        const uint64_t *wanted = (const uint64_t *)guid;
        for (uint64_t i = 0; i < system->table_count; i++) {
                const uint64_t *found = (const uint64_t *)&system->tables[i].guid;
                if (((found[0] ^ wanted[0]) | (found[1] ^ wanted[1])) == 0)
                        return (uint64_t)system->tables[i].table;
        }
        return 0;
}

/* The newer root pointer, else the older. */
static uint64_t root_pointer(const struct efi_system_table *system)
{
        static const struct efi_guid newer = EFI_ACPI_20_TABLE, older = EFI_ACPI_10_TABLE;
        const uint64_t found = find_table(system, &newer);
        return found != 0 ? found : find_table(system, &older);
}

/*
 * Load options are UCS-2 text, as a rule: boot managers put words there that are no text at all. Options of which a
 * letter is not ASCII are none of ours. They end with a NUL or where they end. False: too long.
 */
static bool read_options(char *to, const struct efi_loaded_image *image)
{
        const uint32_t letters = image->options == NULL ? 0 : image->options_bytes / 2;
        uint32_t length = 0;
        to[0] = '\0';
        while (length < letters && image->options[length] != 0) {
                const uint16_t letter = image->options[length++];
                if (letter < 0x20 || letter > 0x7e)
                        return true;
        }
        if (length >= COMMAND_LINE_MAX)
                return false;
        for (uint32_t i = 0; i < length; i++)
                to[i] = (char)image->options[i];
        to[length] = '\0';
        return true;
}

static const uint16_t *tell(uintptr_t base, efi_handle image, const struct efi_system_table *system,
                            const struct boot_params *given)
{
        static const struct efi_guid loaded_image = EFI_LOADED_IMAGE;
        struct work *work = boot_work(base);
        struct efi_loaded_image *loaded = NULL;
        const char *words = NULL;
        bool fits = true;
        if (given != NULL) {
                words = (const char *)(uintptr_t)given->hdr.cmd_line_ptr;
        } else if (system->boot_services->handle_protocol(image, &loaded_image, (void **)&loaded) == 0 &&
                   loaded->options_bytes != 0) {
                words = work->command_line;
                fits = read_options(work->command_line, loaded);
        }
        if (!fits || !boot_read_command_line(base, words))
                return u"coracle boot stub: the command line is longer than 4095 characters\r\n";
        boot_tell(work, root_pointer(system), given != NULL ? given->hdr.ramdisk_image : 0,
                  given != NULL ? given->hdr.ramdisk_size : 0);
        return NULL;
}

static uint32_t range_type(uint32_t type)
{
        static const uint8_t types[] = {
                XEN_HVM_MEMMAP_TYPE_RESERVED, /* EfiReservedMemoryType */
                [EFI_LOADER_CODE] = XEN_HVM_MEMMAP_TYPE_RAM,
                [EFI_LOADER_DATA] = XEN_HVM_MEMMAP_TYPE_RAM,
                [EFI_BOOT_SERVICES_CODE] = XEN_HVM_MEMMAP_TYPE_RAM,
                [EFI_BOOT_SERVICES_DATA] = XEN_HVM_MEMMAP_TYPE_RAM,
                [EFI_RUNTIME_SERVICES_CODE] = XEN_HVM_MEMMAP_TYPE_RESERVED,
                [EFI_RUNTIME_SERVICES_DATA] = XEN_HVM_MEMMAP_TYPE_RESERVED,
                [EFI_CONVENTIONAL] = XEN_HVM_MEMMAP_TYPE_RAM,
                [EFI_UNUSABLE] = XEN_HVM_MEMMAP_TYPE_UNUSABLE,
                [EFI_ACPI_RECLAIM] = XEN_HVM_MEMMAP_TYPE_ACPI,
                [EFI_ACPI_NVS] = XEN_HVM_MEMMAP_TYPE_NVS,
        };
        return type < sizeof(types) ? types[type] : XEN_HVM_MEMMAP_TYPE_RESERVED;
}

/*
 * Neighbours of one type become one entry. What does not fit is reserved memory or RAM that goes unused. Returns
 * whether the program's memory is free and in one piece.
 */
static bool convert_map(struct work *work, const struct stub_description *program, const unsigned char *map,
                        uint64_t bytes, uint64_t step)
{
        bool is_free = false;
        uint32_t count = 0, last_type = 0;
        uint64_t last_end = 0;
        for (uint64_t at = 0; at + step <= bytes; at += step) {
                const struct efi_memory *memory = (const struct efi_memory *)(map + at);
                const uint32_t type = range_type(memory->type);
                const uint64_t start = memory->physical, size = memory->pages * PAGE;
                /* No && here: each is a jump, and a jump costs an emulator more than what it saves. */
                is_free |= (memory->type == EFI_CONVENTIONAL) & (start <= program->image_start) &
                           (program->image_end <= start + size);
                if ((type == last_type) & (start == last_end)) {
                        work->map[count - 1].size += size;
                } else {
                        if (count == MAP_ENTRIES)
                                break;
                        work->map[count++] = (struct hvm_memmap_table_entry){start, size, type, 0};
                        last_type = type;
                }
                last_end = start + size;
        }
        work->start_info.memmap_entries = count;
        return is_free;
}

/* Ends the firmware. Its map changes while its drivers tidy up, so it may have to be asked once more. */
static const uint16_t *leave_firmware(struct efi_boot_services *services, efi_handle image, uintptr_t base,
                                      bool *is_free)
{
        const struct stub_description *program = boot_description(base);
        struct work *work = boot_work(base);
        for (unsigned try = 0; try < 4; try++) {
                unsigned char map[MAP_BYTES] __attribute__((aligned(8)));
                uint64_t bytes = sizeof(map), key, step;
                uint32_t version;
                if (services->get_memory_map(&bytes, map, &key, &step, &version) != 0)
                        return u"coracle boot stub: the firmware gives no memory map\r\n";
                *is_free = convert_map(work, program, map, bytes, step);
                if (!*is_free && !is_for_program(work, program->image_start, program->image_end))
                        return u"coracle boot stub: the program's memory, from 1 MiB on, is not all free: give the "
                               u"guest more memory, or make the program smaller\r\n";
                if (services->exit_boot_services(image, key) == 0)
                        return NULL;
        }
        return u"coracle boot stub: the firmware does not let go\r\n";
}

efi_status efi_boot(efi_handle image, struct efi_system_table *system, const struct boot_params *given,
                    const unsigned char *base)
{
        struct efi_boot_services *services = system->boot_services;
        const uint64_t bytes = boot_description((uintptr_t)base)->total_bytes;
        const bool is_high = (uintptr_t)base + bytes + STUB_WORK_BYTES > BELOW_4G;
        const uint64_t pages = (bytes + STUB_WORK_BYTES) / PAGE;
        uint64_t low = is_high ? BELOW_4G : (uintptr_t)base;
        if (is_high && services->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS, EFI_LOADER_CODE, pages, &low) != 0)
                return refuse(system, u"coracle boot stub: no memory below 4 GiB: give the guest more memory\r\n");
        if (is_high)
                boot_copy((void *)low, base, bytes);
        bool is_free = false;
        const uint16_t *why = tell(low, image, system, given);
        if (why == NULL)
                why = leave_firmware(services, image, low, &is_free);
        if (why == NULL) {
                if (is_free)
                        boot_load_program(low);
                efi_leave(low + STUB_TOLD_AT, is_free);
        }
        if (is_high)
                services->free_pages(low, pages);
        return refuse(system, why);
}
