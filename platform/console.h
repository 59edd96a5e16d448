/*
 * Console drivers. One is chosen when the console is first used: Xen's console on Xen, else the serial port if the
 * machine has one, else virtio-console; `coracle.console=virtio` on the command line prefers virtio-console. With none
 * the guest is silent.
 */
#ifndef CORACLE_PLATFORM_CONSOLE_H
#define CORACLE_PLATFORM_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

/* Each has the contract of the platform_console_ function of its name in platform.h. */
struct console_driver {
        void (*write)(void *ctx, const void *data, size_t bytes);
        size_t (*read)(void *ctx, void *data, size_t bytes);
        /* Called once, by the first reader: from now on call fn(fn_ctx) when input has arrived. */
        void (*on_input)(void *ctx, void (*fn)(void *fn_ctx), void *fn_ctx);
        /* Returns when everything written has left the guest. NULL: write does not return before that. */
        void (*drain)(void *ctx);
        void *ctx;
};

/* Xen's ring, or the hypervisor's own console where there is no ring (platform/xen). NULL off Xen. */
const struct console_driver *console_xen(void);

/* The 16550 at COM1 (platform/serial). NULL when the machine has none. */
const struct console_driver *console_serial(void);

/* virtio-console (platform/virtio): looks for the device at the first call. NULL: no such device, or not linked. */
const struct console_driver *console_virtio(void) __attribute__((weak));

/* A crash report is being written: a driver that drops output when nobody reads is patient with the reader. */
extern bool console_is_patient;

/* Returns when everything written so far has left the guest. At once when nothing was ever written. */
void console_drain(void);

#endif
