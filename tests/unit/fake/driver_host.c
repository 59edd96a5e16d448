/* What drivers ask of the library OS and of the machine, on the host. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/memory.h>
#include <fake/driver_host.h>
#include <platform.h>

char fake_log[FAKE_LOG_BYTES];
uint64_t fake_clock;
uint64_t fake_memory_bytes;
long fake_pages_left;
long fake_pages_used;

static struct platform_range memory;
static struct platform_boot boot = {.memory = &memory, .memory_count = 1};

/* What a guest's drivers keep for ever goes when the host starts the next guest. */
#define BLOCKS_MAX 8192
static void *blocks[BLOCKS_MAX];
static unsigned block_count;

static void free_blocks(void)
{
        for (unsigned i = 0; i < block_count; i++)
                free(blocks[i]);
        block_count = 0;
}

void fake_host_reset(void)
{
        static bool registered;
        if (!registered)
                atexit(free_blocks);
        registered = true;
        free_blocks();
        fake_log[0] = '\0';
        fake_clock = 0;
        fake_memory_bytes = 64ul << 20;
        fake_pages_left = -1;
        fake_pages_used = 0;
}

bool fake_log_has(const char *text)
{
        return strstr(fake_log, text) != NULL;
}

size_t format_text_v(char *buffer, size_t bytes, const char *format, va_list arguments)
{
        return (size_t)vsnprintf(buffer, bytes, format, arguments);
}

size_t format_text(char *buffer, size_t bytes, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        size_t length = format_text_v(buffer, bytes, format, arguments);
        va_end(arguments);
        return length;
}

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        size_t used = strlen(fake_log);
        va_list arguments;
        if (level == LOG_INFO)
                return;
        used += (size_t)snprintf(fake_log + used, sizeof fake_log - used, "[%s] ", room);
        va_start(arguments, format);
        if (used < sizeof fake_log)
                vsnprintf(fake_log + used, sizeof fake_log - used, format, arguments);
        va_end(arguments);
        used = strlen(fake_log);
        if (used + 1 < sizeof fake_log)
                strcpy(fake_log + used, "\n");
}

unsigned page_order(size_t bytes)
{
        unsigned order = 0;
        while ((PLATFORM_PAGE_SIZE << order) < bytes)
                order++;
        return order;
}

void *page_alloc(unsigned order)
{
        long pages = 1l << order;
        if (fake_pages_left >= 0 && fake_pages_left < pages)
                return NULL;
        if (fake_pages_left >= 0)
                fake_pages_left -= pages;
        fake_pages_used += pages;
        size_t bytes = PLATFORM_PAGE_SIZE << order;
        void *memory_block = aligned_alloc(bytes, bytes);
        if (memory_block == NULL || block_count == BLOCKS_MAX)
                abort();
        blocks[block_count++] = memory_block;
        memset(memory_block, 0xa5, bytes);
        return memory_block;
}

void page_free(void *pages, unsigned order)
{
        fake_pages_used -= 1l << order;
        for (unsigned i = 0; i < block_count; i++) {
                if (blocks[i] != pages)
                        continue;
                blocks[i] = blocks[--block_count];
                free(pages);
                return;
        }
        abort(); /* not ours, or freed before */
}

uint64_t platform_dma_address(const void *pointer)
{
        return (uint64_t)(uintptr_t)pointer;
}

uint64_t platform_clock_monotonic(void)
{
        return fake_clock += 1000000;
}

bool platform_interrupts_disable(void)
{
        return true;
}

void platform_interrupts_restore(bool enabled)
{
        (void)enabled;
}

int platform_entropy(void *buffer, size_t bytes)
{
        memset(buffer, 0x5a, bytes);
        return 0;
}

const struct platform_boot *platform_boot_info(void)
{
        memory.bytes = fake_memory_bytes;
        return &boot;
}
