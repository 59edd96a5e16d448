/*
 * Optional parts of the library OS. Boot refers to each weakly: it is there when the program links something that
 * needs it, and costs nothing otherwise. A room that needs starting defines its function in the file that its
 * callers pull in. Called once, by the first thread, in the order in which libos/core/boot.c names them.
 */
#ifndef CORACLE_INIT_H
#define CORACLE_INIT_H

#include <stdbool.h>

#include <stddef.h>
#include <stdint.h>

/*
 * The boot sequence of the parts that every image has. libos/core/boot.c calls them in this order, on the platform's
 * boot stack; the first is called before anything that is compiled with the stack protector (boot.c's own function
 * that calls it therefore carries __attribute__((no_stack_protector))).
 */

/*
 * Fills in the thread-local storage and the canary of the boot context, later the main thread. The platform has set the
 * thread pointer to image_main_tls_end - 64, below.
 */
void thread_local_start(uint64_t canary);

/* Physical memory: notes the ranges of platform_boot_info(). */
void memory_start(void);

/*
 * Creates the main thread, which calls entry(argument) on a stack of its own with interrupts enabled, and leaves the
 * boot stack for good. When entry returns, the main thread ends as by thread_exit.
 */
_Noreturn void sched_start(void (*entry)(void *), void *argument);

/* What that thread runs; see libos/core/boot.c. */
void boot_thread(void *argument);
void boot_main_thread(void *argument);

/*
 * What linker/image.ld must define for thread_local_start (ELF TLS variant II): the initialised image, its end, the
 * end of the zero part (relative to the start: .tdata and .tbss sizes including the padding between them), the
 * segment's alignment as a 64-bit number in read-only data, and in .bss, so aligned, room for one copy of the segment
 * rounded up to the alignment, followed by 64 bytes for the control block: image_main_tls .. image_main_tls_end.
 */
extern const char image_tls_start[], image_tls_data_end[], image_tls_end[];
extern const uint64_t image_tls_alignment;
extern char image_main_tls[], image_main_tls_end[];

void network_start(void) __attribute__((weak)); /* libos/net */

/* The network has found its devices, whose MAC addresses these are, and reads the options of their addresses next. */
void network_devices_known(const uint8_t (*macs)[6], unsigned count) __attribute__((weak)); /* libos/instance/cloud */

void power_start(void) __attribute__((weak)); /* libos/posix/process/power.c */

/*
 * Lets the network stack process the packets that have arrived, on the caller's stack. poll, select and epoll call it
 * (if it is there) when nothing is ready and they are about to sleep: on true, look again instead of sleeping. That
 * saves a thread switch for each packet of a busy server. Threads only, no lock held.
 */
bool network_work(void) __attribute__((weak)); /* libos/net */

#endif
