/*
 * A frame is two words: the caller's frame pointer, then the return address (System V ABI for AMD64, figure 3.3). A
 * caller's frame is at a higher address. The chain ends with a frame pointer of 0.
 */
#include <x86_64/crash/backtrace.h>

#include <stddef.h>

#include <x86_64/gate_call.h>

#define FRAME_BYTES_MAX (16ull << 20) /* no function of sense has a larger frame */
#define NO_PAGE         UINT64_MAX

static bool is_readable(struct backtrace *walk, uint64_t address)
{
        const uint64_t page = address & ~(GATE_PAGE_SIZE - 1);
        if (page == walk->page)
                return true;
        const int64_t rights = gate_call(GATE_QUERY, page, 0, 0, 0);
        if (rights < 0 || (rights & GATE_CAN_READ) == 0)
                return false;
        walk->page = page;
        return true;
}

bool backtrace_read(struct backtrace *walk, uint64_t address, uint64_t *value)
{
        if (address % sizeof(uint64_t) != 0 || !is_readable(walk, address))
                return false;
        *value = *(const uint64_t *)address;
        return true;
}

void backtrace_start(struct backtrace *walk, uint64_t frame_pointer)
{
        walk->frame = frame_pointer;
        walk->page = NO_PAGE;
        walk->broken = NULL;
}

bool backtrace_next(struct backtrace *walk, uint64_t *return_address)
{
        uint64_t caller;
        if (walk->frame == 0)
                return false;
        if (!backtrace_read(walk, walk->frame, &caller) ||
            !backtrace_read(walk, walk->frame + sizeof(uint64_t), return_address)) {
                walk->broken = "the frame pointer is not that of a stack";
                return false;
        }
        if (caller != 0 && (caller <= walk->frame || caller - walk->frame > FRAME_BYTES_MAX)) {
                walk->broken = "the chain of frame pointers is broken";
                caller = 0;
        }
        walk->frame = caller;
        return *return_address != 0;
}
