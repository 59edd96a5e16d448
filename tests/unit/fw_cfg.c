/* fw_cfg: its directory and its pieces, from a device that tells the truth and from one that does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include <coracle/log.h>
#include <fw_cfg/fw_cfg.h>
#include <platform.h>
#include <x86_64/gate_call.h>

#include "fake/child.h"

static char logged[1000];
static uint32_t selected;
static size_t position;
static bool present = true, breaks;
static unsigned calls;
static struct gate_cpu_page page;

static uint8_t directory[4 + 64 * 2000];
static uint8_t piece[3000];

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        va_list arguments;
        (void)level;
        (void)room;
        va_start(arguments, format);
        vsnprintf(logged, sizeof(logged), format, arguments);
        va_end(arguments);
}

static uint8_t next(void)
{
        const size_t at = position++;
        if (selected == 0)
                return at < 4 ? (uint8_t) "QEMU"[at] : 0;
        if (selected == 0x19)
                return at < sizeof(directory) ? directory[at] : 0;
        return at < sizeof(piece) ? (uint8_t)(piece[at] + (selected - 0x20)) : 0;
}

int64_t gate_call(enum gate_number number, uint64_t first, uint64_t second, uint64_t third, uint64_t fourth)
{
        child_check(number == GATE_CONFIG_READ && (second | third | fourth) == 0);
        calls++;
        if (!present || (breaks && first == GATE_CONFIG_NEXT))
                return -ENODEV;
        if (first != GATE_CONFIG_NEXT) {
                selected = (uint32_t)first >> 16;
                child_check(first == GATE_CONFIG(selected));
                position = 0;
        }
        for (unsigned i = 0; i < GATE_CONFIG_BYTES; i++)
                page.config[i] = next();
        return 0;
}

struct gate_cpu_page *gate_cpu_page(void)
{
        return &page;
}

static void put_entry(unsigned n, const char *name, uint32_t bytes, uint16_t key)
{
        uint8_t *entry = directory + 4 + 64 * n;
        entry[0] = (uint8_t)(bytes >> 24);
        entry[1] = (uint8_t)(bytes >> 16);
        entry[2] = (uint8_t)(bytes >> 8);
        entry[3] = (uint8_t)bytes;
        entry[4] = (uint8_t)(key >> 8);
        entry[5] = (uint8_t)key;
        strncpy((char *)entry + 8, name, 56);
}

static void put_count(uint32_t count)
{
        directory[0] = (uint8_t)(count >> 24);
        directory[1] = (uint8_t)(count >> 16);
        directory[2] = (uint8_t)(count >> 8);
        directory[3] = (uint8_t)count;
}

/* What is found is kept for ever, so each test looks in a process of its own. */
static void ours_alone_are_told(void)
{
        char name[PLATFORM_GIVEN_NAME], data[3000];
        for (unsigned i = 0; i < sizeof(piece); i++)
                piece[i] = (uint8_t)(i % 251);
        put_count(4);
        put_entry(0, "etc/e820", 20, 0x20);
        put_entry(1, "opt/coracle/cmdline", 2500, 0x21);
        put_entry(2, "opt/coracle/files/a-name-that-takes-every-byte-of-them", 5, 0x22);
        put_entry(3, "opt/coracles", 5, 0x23);
        child_check(fw_cfg_given(0, name, NULL, 0) == 2500);
        child_check(strcmp(name, "cmdline") == 0);
        memset(data, '-', sizeof(data));
        child_check(fw_cfg_given(0, name, data, sizeof(data)) == 2500);
        for (unsigned i = 0; i < 2500; i++)
                child_check(data[i] == (char)(i % 251 + 1));
        child_check(data[2500] == '-');
        memset(data, '-', sizeof(data));
        child_check(fw_cfg_given(0, name, data, 10) == 2500);
        child_check(data[9] == 10 && data[10] == '-');
        child_check(fw_cfg_given(1, name, NULL, 0) == 5);
        child_check(strcmp(name, "files/a-name-that-takes-every-byte-of-them") == 0);
        child_check(fw_cfg_given(2, name, NULL, 0) == -ENOENT);
}

static void without_the_device_nothing_more_is_asked(void)
{
        char name[PLATFORM_GIVEN_NAME];
        present = false;
        child_check(fw_cfg_given(0, name, NULL, 0) == -ENOENT);
        child_check(fw_cfg_given(0, name, NULL, 0) == -ENOENT);
        child_check(calls == 1);
}

static void a_piece_that_cannot_be_read_is_an_error(void)
{
        char name[PLATFORM_GIVEN_NAME], data[3000];
        put_count(1);
        put_entry(0, "opt/coracle/cmdline", 2500, 0x21);
        breaks = true;
        child_check(fw_cfg_given(0, name, data, 1000) == 2500);
        child_check(fw_cfg_given(0, name, data, sizeof(data)) == -ENODEV);
}

static void a_name_without_an_end_ends(void)
{
        char name[PLATFORM_GIVEN_NAME];
        put_count(1);
        put_entry(0, "opt/coracle/012345678901234567890123456789012345678901234567", 1, 0x20);
        child_check(fw_cfg_given(0, name, NULL, 0) == 1);
        child_check(strcmp(name, "01234567890123456789012345678901234567890123") == 0);
}

static void a_directory_without_end_ends(void)
{
        char name[PLATFORM_GIVEN_NAME];
        put_count(UINT32_MAX);
        for (unsigned i = 0; i < 2000; i++)
                put_entry(i, "etc/x", 1, 0x20);
        child_check(fw_cfg_given(0, name, NULL, 0) == -ENOENT);
        child_check(strcmp(logged, "a directory of 4294967295 entries; the first 1024 are read") == 0);
}

static void more_pieces_than_there_is_room_for_are_told_once(void)
{
        char name[PLATFORM_GIVEN_NAME];
        put_count(2000);
        for (unsigned i = 0; i < 2000; i++)
                put_entry(i, "opt/coracle/x", 1, 0x20);
        child_check(fw_cfg_given(63, name, NULL, 0) == 1);
        child_check(fw_cfg_given(64, name, NULL, 0) == -ENOENT);
        child_check(strcmp(logged, "more than 64 entries under opt/coracle/; the rest is ignored") == 0);
}

#define IN_CHILD(test)                                                                                                 \
        static void test_##test(void **state)                                                                          \
        {                                                                                                              \
                (void)state;                                                                                           \
                in_a_child(test);                                                                                      \
        }
IN_CHILD(ours_alone_are_told)
IN_CHILD(without_the_device_nothing_more_is_asked)
IN_CHILD(a_piece_that_cannot_be_read_is_an_error)
IN_CHILD(a_name_without_an_end_ends)
IN_CHILD(a_directory_without_end_ends)
IN_CHILD(more_pieces_than_there_is_room_for_are_told_once)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ours_alone_are_told),
                cmocka_unit_test(test_without_the_device_nothing_more_is_asked),
                cmocka_unit_test(test_a_piece_that_cannot_be_read_is_an_error),
                cmocka_unit_test(test_a_name_without_an_end_ends),
                cmocka_unit_test(test_a_directory_without_end_ends),
                cmocka_unit_test(test_more_pieces_than_there_is_room_for_are_told_once),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
