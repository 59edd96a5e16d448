/* Names traps and classifies addresses for crash reports; see crash_reason.h. The gate says what a page allows. */
#include <x86_64/crash/crash_reason.h>

#include <stddef.h>

#include <x86_64/gate_call.h>

/* Intel SDM volume 3, table 6-1: one string after another, which needs no pointers. */
static const char trap_names[] = "divide error\0"
                                 "debug trap\0"
                                 "non-maskable interrupt\0"
                                 "breakpoint\0"
                                 "overflow trap\0"
                                 "bound range exceeded\0"
                                 "invalid instruction\0"
                                 "no floating-point unit\0"
                                 "double fault\0"
                                 "an unknown trap\0"
                                 "invalid task state segment\0"
                                 "segment not present\0"
                                 "stack segment fault\0"
                                 "general protection fault\0"
                                 "page fault\0"
                                 "an unknown trap\0"
                                 "floating-point error\0"
                                 "misaligned access\0"
                                 "machine check\0"
                                 "SIMD floating-point error\0"
                                 "virtualization trap\0"
                                 "control protection trap\0";

#define TRAPS_WITH_ERROR_CODE (1u << 8 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 17 | 1u << 21)

/* One frame of this size may be set up before the stack pointer's page is touched. */
#define STACK_OVERFLOW_REACH 65536u

#define CANONICAL_LOW_END 0x800000000000ull

const char *crash_trap_name(uint64_t vector)
{
        const char *name = trap_names;
        while (*name != '\0' && vector-- != 0) {
                while (*name++ != '\0')
                        continue;
        }
        return *name != '\0' ? name : "an unknown trap";
}

bool crash_trap_has_error_code(uint64_t vector)
{
        return vector < 32 && (TRAPS_WITH_ERROR_CODE >> vector & 1) != 0;
}

const char *crash_access(uint64_t error)
{
        if ((error & FAULT_FETCH) != 0)
                return "execution of";
        return (error & FAULT_WRITE) != 0 ? "write to" : "read of";
}

static uint64_t rights(uint64_t address)
{
        const int64_t answer = gate_call(GATE_QUERY, address, 0, 0, 0);
        return answer > 0 ? (uint64_t)answer : 0;
}

static bool is_in_image(const struct gate_boot_info *boot, uint64_t address)
{
        const uint64_t linked = address - boot->image_bias;
        return linked >= boot->image_start && linked < boot->image_end;
}

bool crash_is_code(const struct gate_boot_info *boot, uint64_t address)
{
        return is_in_image(boot, address) && (rights(address) & GATE_CAN_EXECUTE) != 0;
}

static bool is_within(uint64_t address, uint64_t start, uint64_t bytes)
{
        return address >= start && address - start < bytes;
}

bool crash_is_stack_overflow(const struct gate_boot_info *boot, uint64_t address, uint64_t rsp)
{
        return !is_within(address, boot->direct_map, boot->direct_map_bytes) && address >= GATE_PAGE_SIZE &&
               is_within(address, rsp - STACK_OVERFLOW_REACH, 2 * STACK_OVERFLOW_REACH) && rights(address) == 0;
}

static const char *place_in_image(uint64_t can)
{
        if ((can & GATE_CAN_EXECUTE) != 0)
                return "read-only text";
        if ((can & GATE_CAN_WRITE) != 0)
                return "data";
        return can != 0 ? "read-only data" : "a gap in the image";
}

const char *crash_place(const struct gate_boot_info *boot, uint64_t address, uint64_t rsp)
{
        if (address < GATE_PAGE_SIZE)
                return "page 0 (null pointer)";
        if (is_within(address, GATE_NUCLEUS_BASE, boot->image_start - GATE_NUCLEUS_BASE))
                return "the nucleus";
        const uint64_t can = rights(address);
        if (is_in_image(boot, address))
                return place_in_image(can);
        if (is_within(address, boot->direct_map, boot->direct_map_bytes))
                return can != 0 ? "memory pages" : "memory that is not free RAM";
        if (can != 0 && is_within(address, rsp & ~(GATE_PAGE_SIZE - 1), GATE_PAGE_SIZE))
                return "the stack";
        if ((can & GATE_CAN_WRITE) != 0)
                return "a writable mapping";
        if (can != 0)
                return "a read-only mapping";
        if (is_within(address, boot->map_area, boot->map_area_bytes))
                return "an unmapped address (guard page or freed memory)";
        return address < CANONICAL_LOW_END ? "an unmapped address" : "an address that is never ring 3's";
}
