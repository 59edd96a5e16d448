/* fw_cfg's answers are the host's: whatever its ports give, the pieces have names that end and nothing loops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>

#include <coracle/log.h>
#include <platform.h>
#include <x86_64/memory/device.h>
#include <x86_64/gate_call.h>

#include <fw_cfg/fw_cfg.h>

#include "input.h"

#define SELECTOR   0x510
#define DATA       0x511
#define PIECES_MAX 64u

static unsigned selected;

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        (void)level;
        (void)room;
        (void)format;
}

static uint8_t next(void)
{
        return byte();
}

int64_t gate_call(enum gate_number number, uint64_t first, uint64_t second, uint64_t third, uint64_t fourth)
{
        uint64_t value = 0;
        (void)third;
        (void)fourth;
        if (number != GATE_PORT_IN || first != DATA || second != 8)
                abort();
        for (unsigned i = 0; i < 8; i++)
                value |= (uint64_t)next() << 8 * i;
        return (int64_t)value;
}

uint32_t port_in(uint16_t port, unsigned width)
{
        static const char signature[] = "QEMU";
        static unsigned at;
        if (port != DATA || width != 1)
                abort();
        return selected == 0 ? (uint8_t)signature[at++ % 4] : next();
}

void port_out(uint16_t port, unsigned width, uint32_t value)
{
        if (port != SELECTOR || width != 2)
                abort();
        selected = value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        char name[PLATFORM_GIVEN_NAME], buffer[100];
        input = data;
        left = bytes;
        fw_cfg_forget();
        for (unsigned i = 0; platform_given(i, name, NULL, 0) != -ENOENT; i++) {
                if (i >= PIECES_MAX || strnlen(name, sizeof(name)) == sizeof(name))
                        abort();
                const int64_t size = platform_given(i, name, buffer, sizeof(buffer));
                if (size < 0 || size > UINT32_MAX)
                        abort();
        }
        return 0;
}
