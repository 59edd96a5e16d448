/* The EFI code of the boot stub, on a firmware that is made here. Its addresses are real: memory below and above 4 GiB.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include <asm/bootparam.h>

#include "platform/x86_64/boot/efi.h"
#include "platform/x86_64/boot/work.h"

#include <linux/elf.h>

#define PAGE        4096u
#define STUB_BYTES  0x800u
#define TOTAL_BYTES 0x2000u
#define ELF_AT      STUB_BYTES
#define WORDS_AT    0x1800u
#define PROGRAM     (8 * PAGE) /* its memory, of which a segment fills SEGMENT_BYTES from SEGMENT_AT on */
#define SEGMENT_AT  0x1008u
#define SEGMENT     "what the program is"

efi_status efi_boot(efi_handle image, struct efi_system_table *system, const struct boot_params *given,
                    const unsigned char *base);
_Noreturn void efi_leave(uintptr_t entry, bool in_place);

static struct {
        unsigned char *stub, *low, *program;
        struct efi_memory map[400];
        uint64_t map_count;
        unsigned refusals; /* of ExitBootServices */
        unsigned asked, left, allocated, freed;
        bool no_memory;
        struct efi_loaded_image loaded;
        const uint16_t *said;
        jmp_buf gone;
        uintptr_t entry;
        bool in_place;
} machine;

/* ---- The firmware ---- */

static EFI_CALL efi_status allocate_pages(uint32_t how, uint32_t type, uint64_t pages, uint64_t *physical)
{
        assert_int_equal(how, EFI_ALLOCATE_MAX_ADDRESS);
        assert_int_equal(type, EFI_LOADER_CODE); /* it is executed */
        assert_int_equal(*physical, 0xffffffff);
        assert_int_equal(pages, (TOTAL_BYTES + STUB_WORK_BYTES) / PAGE);
        if (machine.no_memory)
                return EFI_ERROR | 9;
        machine.allocated++;
        *physical = (uint64_t)machine.low;
        return 0;
}

static EFI_CALL efi_status free_pages(uint64_t physical, uint64_t pages)
{
        assert_int_equal(physical, (uint64_t)machine.low);
        assert_int_equal(pages, (TOTAL_BYTES + STUB_WORK_BYTES) / PAGE);
        machine.freed++;
        return 0;
}

static EFI_CALL efi_status get_memory_map(uint64_t *bytes, void *map, uint64_t *key, uint64_t *descriptor_bytes,
                                          uint32_t *version)
{
        const uint64_t step = sizeof(struct efi_memory) + 8; /* as firmware does it, which may grow descriptors */
        if (*bytes < machine.map_count * step)
                return EFI_BUFFER_TOO_SMALL;
        for (uint64_t i = 0; i < machine.map_count; i++)
                memcpy((unsigned char *)map + i * step, &machine.map[i], sizeof(struct efi_memory));
        *bytes = machine.map_count * step;
        *descriptor_bytes = step;
        *version = 1;
        *key = 100 + machine.asked++;
        return 0;
}

static EFI_CALL efi_status handle_protocol(efi_handle handle, const struct efi_guid *protocol, void **interface)
{
        assert_ptr_equal(handle, &machine);
        assert_int_equal(protocol->a, 0x5b1b31a1);
        *interface = &machine.loaded;
        return 0;
}

static EFI_CALL efi_status exit_boot_services(efi_handle image, uint64_t map_key)
{
        assert_ptr_equal(image, &machine);
        assert_int_equal(map_key, 99 + machine.asked); /* the last map's */
        if (machine.refusals != 0) {
                machine.refusals--;
                return EFI_ERROR | 2;
        }
        machine.left++;
        return 0;
}

static EFI_CALL efi_status output_string(struct efi_text_output *self, const uint16_t *text)
{
        (void)self;
        machine.said = text;
        return 0;
}

_Noreturn void efi_leave(uintptr_t entry, bool in_place)
{
        machine.entry = entry;
        machine.in_place = in_place;
        longjmp(machine.gone, 1);
}

/* Whether the firmware was left; if not, what it was told is in machine.said. */
static bool boots(const struct boot_params *given)
{
        static struct efi_boot_services services;
        static struct efi_text_output output = {.output_string = output_string};
        static const struct efi_configuration_table tables[] = {{EFI_ACPI_10_TABLE, (const void *)0x1110},
                                                                {EFI_LOADED_IMAGE, NULL},
                                                                {EFI_ACPI_20_TABLE, (const void *)0x2220}};
        static struct efi_system_table system = {.table_count = 3};
        services.allocate_pages = allocate_pages;
        services.free_pages = free_pages;
        services.get_memory_map = get_memory_map;
        services.handle_protocol = handle_protocol;
        services.exit_boot_services = exit_boot_services;
        system.boot_services = &services;
        system.output = &output;
        system.tables = tables;
        if (setjmp(machine.gone) == 0) {
                assert_int_equal(efi_boot(&machine, &system, given, machine.stub), EFI_LOAD_ERROR);
                assert_non_null(machine.said);
                assert_int_equal(machine.left, 0);
                assert_int_equal(machine.allocated, machine.freed);
                return false;
        }
        assert_int_equal(machine.left, 1);
        assert_int_equal(machine.freed, 0);
        return true;
}

static void add(uint32_t type, uint64_t start, uint64_t bytes)
{
        machine.map[machine.map_count++] = (struct efi_memory){.type = type, .physical = start, .pages = bytes / PAGE};
}

static unsigned char *memory(size_t bytes, int where)
{
        void *got = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | where, -1, 0);
        assert_ptr_not_equal(got, MAP_FAILED);
        memset(got, 0xaf, bytes);
        return got;
}

/* A stub with a program behind it; where, MAP_32BIT or 0: below or above 4 GiB. */
static void load(int where)
{
        memset(&machine, 0, sizeof(machine));
        machine.stub = memory(TOTAL_BYTES + STUB_WORK_BYTES, where);
        machine.low = memory(TOTAL_BYTES + STUB_WORK_BYTES, MAP_32BIT);
        machine.program = memory(PROGRAM + PAGE, MAP_32BIT);
        const uint32_t start = (uint32_t)(uintptr_t)machine.program;
        *(struct stub_description *)(machine.stub + STUB_DESCRIPTION_AT) =
                (struct stub_description){.stub_bytes = STUB_BYTES,
                                          .total_bytes = TOTAL_BYTES,
                                          .command_line = WORDS_AT,
                                          .image_start = start,
                                          .image_end = start + PROGRAM};
        *(Elf64_Ehdr *)(machine.stub + ELF_AT) = (Elf64_Ehdr){.e_phoff = sizeof(Elf64_Ehdr), .e_phnum = 2};
        Elf64_Phdr *segments = (Elf64_Phdr *)(machine.stub + ELF_AT + sizeof(Elf64_Ehdr));
        segments[0] = (Elf64_Phdr){.p_type = PT_NOTE, .p_filesz = 8};
        segments[1] = (Elf64_Phdr){.p_type = PT_LOAD,
                                   .p_offset = 0x400,
                                   .p_paddr = start + SEGMENT_AT,
                                   .p_filesz = sizeof(SEGMENT),
                                   .p_memsz = 0x100};
        memcpy(machine.stub + ELF_AT + 0x400, SEGMENT, sizeof(SEGMENT));
        strcpy((char *)machine.stub + WORDS_AT, "built in");
        add(EFI_CONVENTIONAL, start - PAGE, PROGRAM + 2 * PAGE);
}

static struct work *told(unsigned char *base)
{
        assert_int_equal(machine.entry, (uintptr_t)base + STUB_TOLD_AT);
        return boot_work((uintptr_t)base);
}

/* ---- The tests ---- */

static void free_memory_gets_the_program(void **state)
{
        (void)state;
        load(MAP_32BIT);
        assert_true(boots(NULL));
        assert_true(machine.in_place);
        assert_int_equal(machine.allocated, 0);
        for (size_t i = 0; i < PROGRAM; i++) {
                const bool is_segment = i >= SEGMENT_AT && i < SEGMENT_AT + sizeof(SEGMENT);
                assert_int_equal(machine.program[i], is_segment ? (unsigned char)SEGMENT[i - SEGMENT_AT] : 0);
        }
        for (size_t i = PROGRAM; i < PROGRAM + PAGE; i++)
                assert_int_equal(machine.program[i], 0xaf);
        const struct work *work = told(machine.stub);
        assert_int_equal(work->start_info.magic, XEN_HVM_START_MAGIC_VALUE);
        assert_int_equal(work->start_info.version, 1);
        assert_int_equal(work->start_info.flags, 0);
        assert_int_equal(work->start_info.nr_modules, 0);
        assert_int_equal(work->start_info.rsdp_paddr, 0x2220);
        assert_int_equal(work->start_info.reserved, 0);
        assert_int_equal(work->start_info.memmap_entries, 1);
        assert_string_equal(work->command_line, "built in");
}

/* Page tables and the stack in use may be in memory that is only free once the firmware has been left. */
static void memory_of_the_firmware_gets_nothing_yet(void **state)
{
        (void)state;
        static const uint32_t types[] = {EFI_BOOT_SERVICES_DATA, EFI_BOOT_SERVICES_CODE, EFI_LOADER_DATA, EFI_ACPI_NVS};
        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
                load(MAP_32BIT);
                machine.map_count = 0;
                const uint64_t start = (uint64_t)machine.program;
                add(EFI_CONVENTIONAL, start - PAGE, 3 * PAGE);
                add(types[i], start + 2 * PAGE, PAGE);
                add(EFI_CONVENTIONAL, start + 3 * PAGE, PROGRAM);
                assert_true(boots(NULL));
                assert_false(machine.in_place);
                for (size_t at = 0; at < PROGRAM; at++)
                        assert_int_equal(machine.program[at], 0xaf);
                told(machine.stub);
        }
}

static void memory_that_stays_taken_is_an_error(void **state)
{
        (void)state;
        load(MAP_32BIT);
        machine.map_count = 0;
        const uint64_t start = (uint64_t)machine.program;
        add(EFI_CONVENTIONAL, start, 3 * PAGE);
        add(EFI_RUNTIME_SERVICES_DATA, start + 3 * PAGE, PAGE);
        add(EFI_CONVENTIONAL, start + 4 * PAGE, PROGRAM);
        assert_false(boots(NULL));
        machine.map[1].type = 0x80000000; /* of an operating system's loader */
        machine.said = NULL;
        assert_false(boots(NULL));
        machine.map_count = 0;
        machine.said = NULL;
        assert_false(boots(NULL));
}

static void a_stub_above_4_gib_is_copied(void **state)
{
        (void)state;
        load(0);
        assert_true((uint64_t)machine.stub > UINT32_MAX);
        assert_true(boots(NULL));
        assert_true(machine.in_place);
        assert_int_equal(machine.allocated, 1);
        assert_memory_equal(machine.low, machine.stub, TOTAL_BYTES);
        assert_memory_equal(machine.program + SEGMENT_AT, SEGMENT, sizeof(SEGMENT));
        assert_string_equal(told(machine.low)->command_line, "built in");

        load(0);
        machine.no_memory = true;
        assert_false(boots(NULL));
        load(0);
        machine.map[0].type = EFI_UNUSABLE;
        assert_false(boots(NULL)); /* and the copy was freed */
        assert_int_equal(machine.freed, 1);
}

static void firmware_that_changes_its_map_is_asked_again(void **state)
{
        (void)state;
        load(MAP_32BIT);
        machine.refusals = 3;
        assert_true(boots(NULL));
        assert_int_equal(machine.asked, 4);
        load(MAP_32BIT);
        machine.refusals = 4;
        assert_false(boots(NULL));
        assert_int_equal(machine.asked, 4);
}

static void the_map_is_converted_and_neighbours_are_one(void **state)
{
        (void)state;
        load(MAP_32BIT);
        static const struct {
                uint32_t efi, is;
        } types[] = {{0, 2}, {1, 1}, {5, 2}, {2, 1}, {6, 2}, {3, 1}, {8, 5}, {4, 1}, {9, 3}, {7, 1}, {10, 4}, {11, 2}};
        const uint64_t count = sizeof(types) / sizeof(types[0]);
        for (uint64_t i = 0; i < count; i++) {
                add(types[i].efi, 0x100000000 + i * 0x10000, 0x4000);
                add(types[i].efi, 0x100000000 + i * 0x10000 + 0x4000, 0x1000);
        }
        assert_true(boots(NULL));
        const struct work *work = told(machine.stub);
        assert_int_equal(work->start_info.memmap_entries, 1 + count);
        for (uint64_t i = 0; i < count; i++) {
                assert_int_equal(work->map[1 + i].addr, 0x100000000 + i * 0x10000);
                assert_int_equal(work->map[1 + i].size, 0x5000);
                assert_int_equal(work->map[1 + i].type, types[i].is);
                assert_int_equal(work->map[1 + i].reserved, 0);
        }

        load(MAP_32BIT);
        for (uint64_t i = 0; i < 300; i++)
                add(EFI_CONVENTIONAL, 0x100000000 + i * 0x10000, PAGE);
        assert_true(boots(NULL));
        work = told(machine.stub);
        assert_int_equal(work->start_info.memmap_entries, MAP_ENTRIES);
        assert_int_equal(work->map[MAP_ENTRIES - 1].addr, 0x100000000 + (MAP_ENTRIES - 2) * 0x10000);
        assert_string_equal(work->command_line, "built in");
}

static const char *words_for(const uint16_t *options, uint32_t bytes)
{
        load(MAP_32BIT);
        machine.loaded = (struct efi_loaded_image){.options = options, .options_bytes = bytes};
        return boots(NULL) ? told(machine.stub)->command_line : NULL;
}

static void load_options_are_the_command_line_when_they_are_text(void **state)
{
        (void)state;
        assert_string_equal(words_for(u"a=b -- c", 18), "a=b -- c");
        assert_string_equal(words_for(u"a=b -- c", 12), "a=b --");
        assert_string_equal(words_for(u"a\x07", 6), "built in");
        assert_string_equal(words_for(u"\u00e9", 4), "built in");
        assert_string_equal(words_for(u"BOOT_IMAGE=/x", 28), "built in");
        assert_string_equal(words_for(u"BOOT_IMAGE=/x y", 32), "BOOT_IMAGE=/x y");
        assert_string_equal(words_for(NULL, 8), "built in");
        assert_string_equal(words_for(u"", 2), "built in");
        static uint16_t many[COMMAND_LINE_MAX + 1];
        for (size_t i = 0; i < COMMAND_LINE_MAX; i++)
                many[i] = 'x';
        assert_null(words_for(many, sizeof(many)));
        many[COMMAND_LINE_MAX - 1] = 0;
        assert_int_equal(strlen(words_for(many, sizeof(many))), COMMAND_LINE_MAX - 1);
}

static void a_boot_loader_gives_words_and_a_module(void **state)
{
        (void)state;
        load(MAP_32BIT);
        char *words = (char *)memory(2 * COMMAND_LINE_MAX, MAP_32BIT);
        strcpy(words, "given");
        struct boot_params given = {
                .hdr = {.cmd_line_ptr = (uint32_t)(uintptr_t)words, .ramdisk_image = 0x5000, .ramdisk_size = 0x123}};
        assert_true(boots(&given));
        const struct work *work = told(machine.stub);
        assert_string_equal(work->command_line, "given");
        assert_int_equal(work->start_info.nr_modules, 1);
        assert_int_equal(work->module.paddr, 0x5000);
        assert_int_equal(work->module.size, 0x123);
        assert_int_equal(work->module.cmdline_paddr, 0);

        load(MAP_32BIT);
        memset(words, 'x', COMMAND_LINE_MAX);
        words[COMMAND_LINE_MAX] = '\0';
        assert_false(boots(&given));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(free_memory_gets_the_program),
                cmocka_unit_test(memory_of_the_firmware_gets_nothing_yet),
                cmocka_unit_test(memory_that_stays_taken_is_an_error),
                cmocka_unit_test(a_stub_above_4_gib_is_copied),
                cmocka_unit_test(firmware_that_changes_its_map_is_asked_again),
                cmocka_unit_test(the_map_is_converted_and_neighbours_are_one),
                cmocka_unit_test(load_options_are_the_command_line_when_they_are_text),
                cmocka_unit_test(a_boot_loader_gives_words_and_a_module),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
