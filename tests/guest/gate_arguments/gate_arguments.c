/*
 * Every gate call with each argument out of range: a negative error, and neither a fault nor a change. What may be
 * mapped is checked with the addresses that an attacker would want: the image, the nucleus, its page tables, interrupt
 * controllers.
 */
#include <errno.h>
#include <stdio.h>

#include "../ring3.h"

#define PAGE   GATE_PAGE_SIZE
#define HUGE   0x8000000000000000ull
#define UPPER  0xffff800000000000ull
#define IOAPIC 0xfec00000ull

static unsigned failures, calls;

static void expect(const char *what, int64_t got, int64_t wanted)
{
        calls++;
        if (got == wanted)
                return;
        failures++;
        printf("%s: %lld, not %lld\n", what, (long long)got, (long long)wanted);
}

static void refuse(const char *what, uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
        calls++;
        int64_t got = gate(number, a, b, c, d);
        if (got < 0 && got > -4096)
                return;
        failures++;
        printf("%s: %lld, no error\n", what, (long long)got);
}

static uint64_t area, area_end, ram, ram_bytes, taken;

static void find_memory(void)
{
        const struct gate_boot_info *boot = boot_info();
        area = boot->map_area + 8 * (1ull << 30); /* the library OS maps from the start, the platform at the end */
        area_end = boot->map_area + boot->map_area_bytes;
        for (unsigned i = 0; i < boot->range_count; i++) {
                const struct gate_range range = free_part(i);
                if (range.end - range.start > ram_bytes) {
                        ram = range.start;
                        ram_bytes = range.end - range.start;
                }
                if (boot->ranges[i].type == GATE_MEMORY_TAKEN)
                        taken = boot->ranges[i].start; /* the last one: page tables */
        }
}

static void map_addresses(void)
{
        refuse("map: not aligned", GATE_MAP, area + 1, ram, PAGE, 0);
        refuse("map: physical not aligned", GATE_MAP, area, ram + 8, PAGE, 0);
        refuse("map: bytes not aligned", GATE_MAP, area, ram, PAGE - 1, 0);
        refuse("map: no bytes", GATE_MAP, area, ram, 0, 0);
        refuse("map: page 0", GATE_MAP, 0, ram, PAGE, 0);
        refuse("map: over the image", GATE_MAP, boot_info()->image_bias + boot_info()->image_start, ram, PAGE, 0);
        refuse("map: over the direct map", GATE_MAP, boot_info()->direct_map + ram, ram, PAGE, 0);
        refuse("map: the nucleus's addresses", GATE_MAP, GATE_NUCLEUS_BASE, ram, PAGE, 0);
        refuse("map: upper half", GATE_MAP, UPPER, ram, PAGE, 0);
        refuse("map: before the area", GATE_MAP, boot_info()->map_area - PAGE, ram, PAGE, 0);
        refuse("map: at the area's end", GATE_MAP, area_end, ram, PAGE, 0);
        refuse("map: across the area's end", GATE_MAP, area_end - PAGE, ram, 2 * PAGE, 0);
        refuse("map: address wraps", GATE_MAP, area, ram, 0 - area, 0);
        refuse("map: all of it", GATE_MAP, area, ram, ~(PAGE - 1), 0);
        refuse("map: unknown flag", GATE_MAP, area, ram, PAGE, 4);
        refuse("map: huge flags", GATE_MAP, area, ram, PAGE, HUGE);
}

static void map_memory(void)
{
        const uint64_t image = boot_info()->image_start;
        refuse("map: the program's text", GATE_MAP, area, image_physical((void *)map_memory) & ~(PAGE - 1), PAGE, 1);
        refuse("map: the image", GATE_MAP, area, image, PAGE, 0);
        refuse("map: the image as a device", GATE_MAP, area, image, PAGE, GATE_MAP_DEVICE | GATE_MAP_WRITE);
        refuse("map: the nucleus", GATE_MAP, area, GATE_NUCLEUS_BASE, PAGE, 1);
        refuse("map: the nucleus as a device", GATE_MAP, area, GATE_NUCLEUS_BASE, PAGE, 3);
        refuse("map: page tables", GATE_MAP, area, taken, PAGE, 1);
        refuse("map: page tables as a device", GATE_MAP, area, taken, PAGE, 3);
        refuse("map: free RAM as a device", GATE_MAP, area, ram, PAGE, 3);
        refuse("map: across the end of free RAM", GATE_MAP, area, ram + ram_bytes - PAGE, 2 * PAGE, 1);
        refuse("map: a device around RAM", GATE_MAP, area, 0, 1ull << 32, 3);
        refuse("map: a device as memory", GATE_MAP, area, 0xfe000000, PAGE, 1);
        refuse("map: local APIC", GATE_MAP, area, 0xfee00000, PAGE, 3);
        refuse("map: message addresses", GATE_MAP, area, 0xfeeff000, PAGE, 3);
        refuse("map: I/O APIC", GATE_MAP, area, IOAPIC, PAGE, 3);
        refuse("map: across the interrupt controllers", GATE_MAP, area, 0xfe000000, 0x1000000, 3);
        refuse("map: physical beyond the CPU", GATE_MAP, area, 1ull << 52, PAGE, 3);
        refuse("map: physical wraps", GATE_MAP, area, ~(PAGE - 1), 2 * PAGE, 3);
        expect("map: a page", gate(GATE_MAP, area, ram + ram_bytes - PAGE, PAGE, 0), 0);
        expect("map: again", gate(GATE_MAP, area, ram + ram_bytes - PAGE, PAGE, 0), -EEXIST);
        expect("query: it", gate(GATE_QUERY, area, 0, 0, 0), GATE_CAN_READ);
}

static void unmap_and_protect(void)
{
        for (uint64_t number = GATE_UNMAP; number <= GATE_PROTECT; number++) {
                const char *what = number == GATE_UNMAP ? "unmap" : "protect";
                refuse(what, number, area + 1, PAGE, 0, 0);
                refuse(what, number, area, PAGE + 1, 0, 0);
                refuse(what, number, area, 0, 0, 0);
                refuse(what, number, 0, PAGE, 0, 0);
                refuse(what, number, boot_info()->image_bias + boot_info()->image_start, PAGE, 0, 0);
                refuse(what, number, boot_info()->direct_map + ram, PAGE, 0, 0);
                refuse(what, number, GATE_NUCLEUS_BASE, PAGE, 0, 0);
                refuse(what, number, area_end - PAGE, 2 * PAGE, 0, 0);
                refuse(what, number, area, 0 - area, 0, 0);
                refuse(what, number, UPPER, PAGE, 0, 0);
        }
        refuse("protect: unmapped page", GATE_PROTECT, area + PAGE, PAGE, 1, 0);
        refuse("protect: partly unmapped", GATE_PROTECT, area, 2 * PAGE, 1, 0);
        refuse("protect: as a device", GATE_PROTECT, area, PAGE, GATE_MAP_DEVICE, 0);
        refuse("protect: unknown flag", GATE_PROTECT, area, PAGE, 8, 0);
        expect("protect: writable", gate(GATE_PROTECT, area, PAGE, GATE_MAP_WRITE, 0), 0);
        expect("query: it", gate(GATE_QUERY, area, 0, 0, 0), GATE_CAN_READ | GATE_CAN_WRITE);
        expect("unmap: it", gate(GATE_UNMAP, area, PAGE, 0, 0), 0);
        expect("query: nothing", gate(GATE_QUERY, area, 0, 0, 0), 0);
}

static void large_pages(void)
{
        const uint64_t size = 1ull << 21, from = (ram + size - 1) & ~(size - 1);
        expect("map: 4 MiB", gate(GATE_MAP, area, from, 2 * size, 1), 0);
        expect("map: inside it", gate(GATE_MAP, area + 5 * PAGE, ram, PAGE, 1), -EEXIST);
        expect("protect: one page of it", gate(GATE_PROTECT, area + 5 * PAGE, PAGE, 0, 0), 0);
        expect("query: before", gate(GATE_QUERY, area + 4 * PAGE, 0, 0, 0), 3);
        expect("query: that page", gate(GATE_QUERY, area + 5 * PAGE, 0, 0, 0), 1);
        expect("query: after", gate(GATE_QUERY, area + 6 * PAGE, 0, 0, 0), 3);
        expect("unmap: the middle", gate(GATE_UNMAP, area + PAGE, 2 * size - 2 * PAGE, 0, 0), 0);
        expect("query: first", gate(GATE_QUERY, area, 0, 0, 0), 3);
        expect("query: second", gate(GATE_QUERY, area + PAGE, 0, 0, 0), 0);
        expect("query: last", gate(GATE_QUERY, area + 2 * size - PAGE, 0, 0, 0), 3);
        expect("unmap: the rest", gate(GATE_UNMAP, area, 2 * size, 0, 0), 0);
        for (int i = 0; i < 1000; i++) { /* page tables come back */
                expect("map: again", gate(GATE_MAP, area + i * size, from, size - PAGE, 1), 0);
                expect("unmap: again", gate(GATE_UNMAP, area + i * size, size, 0, 0), 0);
        }
}

static void queries(void)
{
        expect("query: page 0", gate(GATE_QUERY, 0, 0, 0, 0), 0);
        expect("query: the nucleus", gate(GATE_QUERY, GATE_NUCLEUS_BASE, 0, 0, 0), 0);
        expect("query: text", gate(GATE_QUERY, (uint64_t)queries, 0, 0, 0), GATE_CAN_READ | GATE_CAN_EXECUTE);
        expect("query: data", gate(GATE_QUERY, (uint64_t)&failures, 0, 0, 0), GATE_CAN_READ | GATE_CAN_WRITE);
        expect("query: upper half", gate(GATE_QUERY, ~0ull, 0, 0, 0), 0);
        expect("query: not canonical", gate(GATE_QUERY, HUGE, 0, 0, 0), 0);
        expect("query: untouched RAM", gate(GATE_QUERY, boot_info()->direct_map + ram, 0, 0, 0), 3);
        expect("query: the image's alias", gate(GATE_QUERY, boot_info()->direct_map + GATE_NUCLEUS_BASE, 0, 0, 0), 0);
}

static void interrupts(void)
{
        refuse("route: any address", GATE_IRQ_ROUTE, ram, 0, GATE_VECTOR_FIRST, 0);
        refuse("route: the nucleus", GATE_IRQ_ROUTE, GATE_NUCLEUS_BASE, 0, GATE_VECTOR_FIRST, 0);
        refuse("route: not aligned", GATE_IRQ_ROUTE, IOAPIC + 16, 0, GATE_VECTOR_FIRST, 0);
        refuse("route: no I/O APIC there", GATE_IRQ_ROUTE, IOAPIC + 0xff000, 0, GATE_VECTOR_FIRST, 0);
        refuse("route: local APIC", GATE_IRQ_ROUTE, 0xfee00000, 0, GATE_VECTOR_FIRST, 0);
        refuse("route: no such pin", GATE_IRQ_ROUTE, IOAPIC, 240, GATE_VECTOR_FIRST, 0);
        refuse("route: huge pin", GATE_IRQ_ROUTE, IOAPIC, HUGE, GATE_VECTOR_FIRST, 0);
        refuse("route: an exception's vector", GATE_IRQ_ROUTE, IOAPIC, 4, 14, 0);
        refuse("route: vector below", GATE_IRQ_ROUTE, IOAPIC, 4, GATE_VECTOR_FIRST - 1, 0);
        refuse("route: the timer's vector", GATE_IRQ_ROUTE, IOAPIC, 4, GATE_VECTOR_TIMER, 0);
        refuse("route: vector above", GATE_IRQ_ROUTE, IOAPIC, 4, 256 + GATE_VECTOR_FIRST, 0);
        refuse("route: unknown flag", GATE_IRQ_ROUTE, IOAPIC, 4, GATE_VECTOR_FIRST, 4);
        refuse("mask: no such pin", GATE_IRQ_MASK, IOAPIC, 240, 1, 0);
        refuse("mask: elsewhere", GATE_IRQ_MASK, ram, 0, 1, 0);
        refuse("mask: neither 0 nor 1", GATE_IRQ_MASK, IOAPIC, 4, 2, 0);
        refuse("mask: a pin nobody routed", GATE_IRQ_MASK, IOAPIC, 9, 0, 0);
        refuse("timer: too far", GATE_TIMER_ARM, 1ull << 32, 0, 0, 0);
        refuse("timer: huge", GATE_TIMER_ARM, HUGE, 0, 0, 0);
}

static void ports(void)
{
        static const uint16_t forbidden[] = {0x16f, 0x178, 0x1ef, 0x1f8, 0x376, 0x20,  0x21,  0x40,  0x43,  0x60,
                                             0x61,  0x64,  0x80,  0x92,  0xa1,  0xb2,  0xe8,  0xf8,  0x2f8, 0x3f6,
                                             0x3f7, 0x400, 0x510, 0x511, 0x514, 0x518, 0xcf4, 0xd00, 0xffff};
        for (unsigned i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
                refuse("in: forbidden port", GATE_PORT_IN, forbidden[i], 1, 0, 0);
                refuse("out: forbidden port", GATE_PORT_OUT, forbidden[i], 1, 0xd1, 0);
                refuse("run: forbidden port", GATE_PORT_RUN, forbidden[i] | 1 << 16, 0, 0, 0x3fdull | 0x20 << 16);
                refuse("run: forbidden status", GATE_PORT_RUN, 0x3f8 | 1 << 16, 0, 0, forbidden[i] | 0xff << 16);
        }
        for (uint64_t width = 0; width < 10; width++) {
                if (width != 1 && width != 2 && width != 4) {
                        refuse("in: width", GATE_PORT_IN, 0xcfc, width, 0, 0);
                        refuse("out: width", GATE_PORT_OUT, 0xcfc, width, 0, 0);
                }
        }
        refuse("out: fw_cfg's DMA", GATE_PORT_OUT, 0x518, 4, 0, 0);
        refuse("in: huge port", GATE_PORT_IN, 0x103f8, 1, 0, 0);
        refuse("in: huge width", GATE_PORT_IN, 0x3f8, HUGE, 0, 0);
        refuse("in: across the end of the list", GATE_PORT_IN, 0x3ff, 2, 0, 0);
        refuse("in: across the end of an IDE channel", GATE_PORT_IN, 0x1f6, 4, 0, 0);
        refuse("in: wraps", GATE_PORT_IN, ~0ull, 4, 0, 0);
        refuse("out: value too wide", GATE_PORT_OUT, 0x3ff, 1, 0x100, 0);
        refuse("out: reset with another width", GATE_PORT_OUT, 0x64, 2, 0xfe, 0);
        refuse("run: no bytes", GATE_PORT_RUN, 0x3f8, 0, 0, 0x3fdull | 0x20 << 16);
        refuse("run: 17 bytes", GATE_PORT_RUN, 0x3f8 | 17 << 16, 0, 0, 0x3fdull | 0x20 << 16);
        refuse("run: huge count", GATE_PORT_RUN, 0x3f8 | HUGE, 0, 0, 0x3fdull | 0x20 << 16);
        refuse("run: wide mask", GATE_PORT_RUN, 0x3f8 | 1 << 16, 0, 0, 0x3fdull | 0x100ull << 16);
        refuse("run: never ready", GATE_PORT_RUN, 0x3f8 | 1 << 16, 0, 0, 0x3fd);
}

static void the_rest(void)
{
        refuse("fs: not canonical", GATE_SET_FS, HUGE, 0, 0, 0);
        refuse("fs: upper half", GATE_SET_FS, UPPER, 0, 0, 0);
        refuse("fs: first beyond", GATE_SET_FS, 1ull << 47, 0, 0, 0);
        refuse("seal: again", GATE_SEAL, 0, 0, 0, 0);
        expect("no such call", gate(GATE_NUMBERS, 0, 0, 0, 0), -ENOSYS);
        expect("no such call", gate(1000, 0, 0, 0, 0), -ENOSYS);
        expect("no such call", gate(0xffffffff00000000ull + GATE_EXIT, 0, 0, 0, 0), -ENOSYS);
        expect("no such call", gate(~0ull, 0, 0, 0, 0), -ENOSYS);
}

int main(void)
{
        find_memory();
        map_addresses();
        map_memory();
        unmap_and_protect();
        large_pages();
        queries();
        interrupts();
        ports();
        the_rest();
        printf("%u calls, %u failures\n", calls, failures);
        return failures != 0;
}
