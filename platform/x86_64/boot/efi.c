/*
 * The EFI application: turns what UEFI tells into struct boot_params, leaves the firmware, and goes on as from a Linux
 * boot loader, in the stub's 64-bit entry.
 *
 * Where firmware leaves the program's memory free, as a rule, the program is put in place first, and the stub stays
 * where it is. Otherwise, stub and program are copied below 4 GiB; the stub puts the program in place when it may
 * overwrite the firmware.
 *
 * What is wrong before ExitBootServices is said on the firmware's console, and the firmware gets an error back.
 */
#include "efi.h"

#include <asm/bootparam.h>
#include <stdbool.h>
#include <stddef.h>

#include "program.h"
#include "ram.h"

#define PAGE             4096u
#define COMMAND_LINE_MAX 4096u
#define MAP_PAGES        16u
#define BELOW_4G         0xffffffffull
#define RESERVED         2u
#define ACPI             3u
#define UNUSABLE         5u

/* Allocated below 4 GiB: struct boot_params, the command line, room for the firmware's map, and a copy, if any. */
struct room {
        struct boot_params params __attribute__((aligned(4096)));
        char command_line[COMMAND_LINE_MAX];
        unsigned char map[MAP_PAGES * PAGE];
        unsigned char copy[];
};

efi_status efi_boot(efi_handle image, struct efi_system_table *system, const struct boot_params *given,
                    const unsigned char *base);
_Noreturn void efi_leave(const unsigned char *entry, struct boot_params *params);

static efi_status refuse(struct efi_system_table *system, const uint16_t *why)
{
        if (system->output != NULL)
                system->output->output_string(system->output, why);
        return EFI_LOAD_ERROR;
}

static bool is_guid(const struct efi_guid *a, const struct efi_guid *b)
{
        const uint64_t *one = (const uint64_t *)a, *other = (const uint64_t *)b;
        return one[0] == other[0] && one[1] == other[1];
}

/* The newer root pointer, else the older. */
static uint64_t root_pointer(const struct efi_system_table *system)
{
        static const struct efi_guid newer = EFI_ACPI_20_TABLE, older = EFI_ACPI_10_TABLE;
        uint64_t found = 0;
        for (uint64_t i = 0; i < system->table_count; i++) {
                if (is_guid(&system->tables[i].guid, &newer))
                        return (uint64_t)system->tables[i].table;
                if (is_guid(&system->tables[i].guid, &older))
                        found = (uint64_t)system->tables[i].table;
        }
        return found;
}

/*
 * Load options are UCS-2 text, as a rule: boot managers put words there that are no text at all. A byte of text that
 * is not ASCII, or text without an end, is none of ours. False: too long.
 */
static bool read_options(char *to, const struct efi_loaded_image *image)
{
        const uint32_t letters = image->options == NULL ? 0 : image->options_bytes / 2;
        uint32_t length = 0;
        while (length < letters && image->options[length] != 0) {
                const uint16_t letter = image->options[length++];
                if (letter < 0x20 || letter > 0x7e)
                        return true;
        }
        if (length >= COMMAND_LINE_MAX)
                return false;
        for (uint32_t i = 0; i < length; i++)
                to[i] = (char)image->options[i];
        return true;
}

static uint32_t range_type(uint32_t type)
{
        switch (type) {
        case EFI_LOADER_CODE:
        case EFI_LOADER_DATA:
        case EFI_BOOT_SERVICES_CODE:
        case EFI_BOOT_SERVICES_DATA:
        case EFI_CONVENTIONAL:
                return E820_RAM;
        case EFI_UNUSABLE:
                return UNUSABLE;
        case EFI_ACPI_RECLAIM:
                return ACPI;
        case EFI_ACPI_NVS:
                return E820_NVS;
        default:
                return RESERVED;
        }
}

/* Neighbours of one type become one entry. What does not fit is reserved memory or RAM that goes unused. */
static void convert_map(struct boot_params *params, const unsigned char *map, uint64_t bytes, uint64_t step)
{
        unsigned count = 0;
        for (uint64_t at = 0; at + step <= bytes; at += step) {
                const struct efi_memory *memory = (const struct efi_memory *)(map + at);
                const uint32_t type = range_type(memory->type);
                struct boot_e820_entry *entry = &params->e820_table[count];
                if (count > 0 && entry[-1].type == type && entry[-1].addr + entry[-1].size == memory->physical) {
                        entry[-1].size += memory->pages * PAGE;
                } else if (count < E820_MAX_ENTRIES_ZEROPAGE) {
                        *entry = (struct boot_e820_entry){memory->physical, memory->pages * PAGE, type};
                        count++;
                }
        }
        params->e820_entries = (uint8_t)count;
}

static efi_status read_map(struct efi_boot_services *services, struct room *room, uint64_t *key)
{
        uint64_t bytes = sizeof(room->map), step;
        uint32_t version;
        const efi_status status = services->get_memory_map(&bytes, room->map, key, &step, &version);
        if (status == 0)
                convert_map(&room->params, room->map, bytes, step);
        return status;
}

static const uint16_t *fill_room(struct room *room, efi_handle image, const struct efi_system_table *system,
                                 const struct boot_params *given)
{
        static const struct efi_guid loaded_image = EFI_LOADED_IMAGE;
        struct efi_loaded_image *loaded = NULL;
        boot_clear((uintptr_t)room, (uintptr_t)room->map);
        if (given != NULL) {
                room->params.hdr = given->hdr;
        } else if (system->boot_services->handle_protocol(image, &loaded_image, (void **)&loaded) == 0) {
                if (!read_options(room->command_line, loaded))
                        return u"coracle boot stub: the command line is longer than 4095 characters\r\n";
                room->params.hdr.cmd_line_ptr = (uint32_t)(uint64_t)room->command_line;
        }
        room->params.acpi_rsdp_addr = root_pointer(system);
        return NULL;
}

/* Ends the firmware. Its map changes while its drivers tidy up, so it may have to be asked once more. */
static const uint16_t *leave_firmware(struct efi_boot_services *services, efi_handle image, struct room *room,
                                      const struct stub_description *program)
{
        uint64_t key;
        if (read_map(services, room, &key) != 0)
                return u"coracle boot stub: the firmware gives no memory map\r\n";
        if (!is_for_program(&room->params, program->image_start, program->image_end))
                return u"coracle boot stub: the program's memory, from 1 MiB on, is not all free: give the guest more "
                       u"memory, or make the program smaller\r\n";
        for (unsigned try = 0; services->exit_boot_services(image, key) != 0; try++) {
                if (try == 3 || read_map(services, room, &key) != 0)
                        return u"coracle boot stub: the firmware does not let go\r\n";
        }
        return NULL;
}

/* Its memory becomes ours, if nobody has any of it. The stub's has to be below 4 GiB, where it goes on without paging.
 */
static bool take_place(struct efi_boot_services *services, const struct stub_description *program,
                       const unsigned char *base)
{
        uint64_t physical = program->image_start;
        return (uint64_t)base + program->total_bytes + STUB_WORK_BYTES <= BELOW_4G &&
               services->allocate_pages(EFI_ALLOCATE_ADDRESS, EFI_LOADER_DATA,
                                        (program->image_end - program->image_start) / PAGE, &physical) == 0;
}

efi_status efi_boot(efi_handle image, struct efi_system_table *system, const struct boot_params *given,
                    const unsigned char *base)
{
        const struct stub_description *program = (const struct stub_description *)(base + STUB_DESCRIPTION_AT);
        struct efi_boot_services *services = system->boot_services;
        const bool in_place = take_place(services, program, base);
        const uint64_t copied = in_place ? 0 : program->total_bytes + STUB_WORK_BYTES;
        const uint64_t pages = (sizeof(struct room) + copied + PAGE - 1) / PAGE;
        const uint16_t *why = u"coracle boot stub: no memory below 4 GiB: give the guest more memory\r\n";
        uint64_t physical = BELOW_4G;
        if (services->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS, EFI_LOADER_DATA, pages, &physical) == 0) {
                struct room *room = (struct room *)physical;
                why = fill_room(room, image, system, given);
                if (in_place)
                        boot_load_program((uintptr_t)base);
                else
                        boot_copy(room->copy, base, program->total_bytes);
                if (why == NULL)
                        why = leave_firmware(services, image, room, program);
                if (why == NULL)
                        efi_leave(in_place ? base + STUB_LOADED_AT : room->copy + STUB_ENTRY64_AT, &room->params);
                services->free_pages(physical, pages);
        }
        if (in_place)
                services->free_pages(program->image_start, (program->image_end - program->image_start) / PAGE);
        return refuse(system, why);
}
