/*
 * Serial console, output. Nothing is set up but the FIFO: hypervisors ignore the line speed, and so it costs two port
 * accesses before the first byte. A run of up to 16 bytes is one gate call, which writes only if the FIFO is empty, so
 * that nothing is lost when the reader of the other end is slow.
 *
 * Switching the FIFO on empties the receiver. Input that waits there already (a pipe) would lose its first byte: the
 * FIFO then stays off, and a run is one byte. What `coracle run` sends begins with padding to be lost.
 */
#include <serial/serial.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include <command_line.h>
#include <console.h>
#include <platform.h>
#include <x86_64/memory/device.h>
#include <x86_64/gate_call.h>

#define PIECE_BYTES 256u /* the longest line of the log */

static size_t run_max = GATE_PORT_RUN_MAX;

/* Writes up to 16 bytes to a register if the transmitter has room; else -EAGAIN. Returns how many. */
static int64_t write_run(unsigned offset, const char *data, size_t bytes)
{
        uint64_t words[2] = {0, 0};
        for (size_t i = 0; i < bytes; i++)
                words[i / 8] |= (uint64_t)(uint8_t)data[i] << i % 8 * 8;
        return gate_call(GATE_PORT_RUN, (SERIAL_COM1 + offset) | (uint64_t)bytes << 16, words[0], words[1],
                         (SERIAL_COM1 + SERIAL_LINE) | (uint64_t)SERIAL_LINE_HOLDING << 16);
}

/*
 * Interrupts wait for PIECE_BYTES at a time, so that no other thread's line comes between; but not for a reader that is
 * slow.
 */
static void serial_write(void *ctx, const void *data, size_t bytes)
{
        (void)ctx;
        const char *next = data;
        int64_t written = -EAGAIN;
        while (bytes != 0 && (written > 0 || written == -EAGAIN)) {
                const char *const last = next + (bytes < PIECE_BYTES ? bytes : PIECE_BYTES);
                const bool enabled = platform_interrupts_disable();
                do {
                        const size_t left = (size_t)(last - next);
                        written = write_run(0, next, left < run_max ? left : run_max);
                        if (written > 0) {
                                next += written;
                                bytes -= (size_t)written;
                        }
                } while (written > 0 && next != last);
                platform_interrupts_restore(enabled);
        }
}

static void serial_drain(void *ctx)
{
        (void)ctx;
        while ((port_in(SERIAL_COM1 + SERIAL_LINE, 1) & SERIAL_LINE_IDLE) == 0)
                ;
}

static const struct console_driver serial_driver = {
        .write = serial_write,
        .read = serial_read,
        .on_input = serial_on_input,
        .drain = serial_drain,
};

/* libos/posix/console/input.c has the word's meaning. */
static bool input_is_padded(void)
{
        size_t length;
        const char *value = command_line_find(platform_boot_info()->command_line, "coracle.input", &length);
        return value != NULL && length == 7 && memcmp(value, "escaped", 7) == 0;
}

const struct console_driver *console_serial(void)
{
        const uint32_t line = port_in(SERIAL_COM1 + SERIAL_LINE, 1) & 0xff;
        if (line == SERIAL_LINE_ABSENT)
                return NULL;
        const char enable = SERIAL_FIFO_ENABLE;
        const bool has_input = (line & SERIAL_LINE_RECEIVED) != 0;
        if (has_input && !input_is_padded()) {
                run_max = 1;
                return &serial_driver;
        }
        while (write_run(SERIAL_FIFO, &enable, 1) == -EAGAIN)
                ;
        /* QEMU sends what follows a byte that was read, not what follows one that was dropped. */
        if (has_input)
                (void)port_in(SERIAL_COM1 + SERIAL_DATA, 1);
        return &serial_driver;
}
