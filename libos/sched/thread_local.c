/* Thread-local storage and the thread control block: see thread_local.h. */
#include "thread_local.h"

#include <string.h>

#include <coracle/init.h>

#include <platform.h>

/* What compiled code expects at the thread pointer (x86-64 psABI; gcc's stack protector). */
struct control_block {
        uintptr_t self; /* %fs:0 */
        uintptr_t unused[4];
        uint64_t canary; /* %fs:0x28 */
        uintptr_t reserved[2];
};

_Static_assert(offsetof(struct control_block, canary) == 0x28, "gcc's stack protector reads %fs:0x28");
_Static_assert(sizeof(struct control_block) == 64, "linker/image.ld leaves 64 bytes for it");

static struct control_block *main_block;

static size_t alignment(void)
{
        return image_tls_alignment > 64 ? image_tls_alignment : 64;
}

static size_t segment_bytes(void)
{
        size_t bytes = (size_t)((uintptr_t)image_tls_end - (uintptr_t)image_tls_start);

        return image_tls_alignment == 0 ? bytes : (bytes + image_tls_alignment - 1) & ~(image_tls_alignment - 1);
}

/* In .bss, so all that is not initialised is zero already. Calls nothing: there is no stack protector yet. */
__attribute__((no_stack_protector)) void thread_local_start(uint64_t canary)
{
        struct control_block *block =
                (struct control_block *)((uintptr_t)image_main_tls_end - sizeof(struct control_block));
        char *segment = image_main_tls;
        size_t bytes = (size_t)((uintptr_t)image_tls_data_end - (uintptr_t)image_tls_start);

        for (size_t i = 0; i < bytes; i++)
                ((volatile char *)segment)[i] = image_tls_start[i];
        block->self = (uintptr_t)block;
        block->canary = canary;
        main_block = block;
}

uintptr_t thread_local_main(void)
{
        return (uintptr_t)main_block;
}

static char *block_address(char *top)
{
        return (char *)(((uintptr_t)top - sizeof(struct control_block)) & ~(alignment() - 1));
}

char *thread_local_bottom(char *top)
{
        return block_address(top) - segment_bytes();
}

uintptr_t thread_local_create(char *top)
{
        struct control_block *block = (struct control_block *)(void *)block_address(top);
        char *segment = (char *)block - segment_bytes();
        size_t initialised = (size_t)((uintptr_t)image_tls_data_end - (uintptr_t)image_tls_start);

        memcpy(segment, image_tls_start, initialised);
        memset(segment + initialised, 0, segment_bytes() - initialised);
        *block = (struct control_block){.self = (uintptr_t)block, .canary = main_block->canary};
        return (uintptr_t)block;
}
