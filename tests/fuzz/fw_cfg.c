/* fw_cfg's answers are the host's: whatever it says, the pieces have names that end and nothing loops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>

#include <coracle/log.h>
#include <platform.h>
#include <x86_64/gate_call.h>

#include <fw_cfg/fw_cfg.h>

#include "input.h"

#define PIECES_MAX 64u

static struct gate_cpu_page page;

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        (void)level;
        (void)room;
        (void)format;
}

int64_t gate_call(enum gate_number number, uint64_t first, uint64_t second, uint64_t third, uint64_t fourth)
{
        if (number != GATE_CONFIG_READ || (second | third | fourth) != 0)
                abort();
        for (unsigned i = 0; i < GATE_CONFIG_BYTES && first != GATE_CONFIG(0); i++)
                page.config[i] = byte();
        if (first == GATE_CONFIG(0))
                memcpy(page.config, "QEMU", 4);
        else if (page.config[GATE_CONFIG_BYTES - 1] == 0xee)
                return -ENODEV;
        return 0;
}

struct gate_cpu_page *gate_cpu_page(void)
{
        return &page;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        char name[PLATFORM_GIVEN_NAME], buffer[100];
        input = data;
        left = bytes;
        fw_cfg_forget();
        for (unsigned i = 0; fw_cfg_given(i, name, NULL, 0) != -ENOENT; i++) {
                if (i >= PIECES_MAX || strnlen(name, sizeof(name)) == sizeof(name))
                        abort();
                const int64_t size = fw_cfg_given(i, name, buffer, sizeof(buffer));
                if ((size < 0 && size != -ENODEV) || size > UINT32_MAX)
                        abort();
        }
        return 0;
}
