/*
 * The machine as the library OS sees it. This is the only header of platform/ that libos includes.
 *
 * Times are nanoseconds of the monotonic clock (0 is near boot). Errors are negative errno. "Interrupts" are the
 * virtual ones of design section 3: disabling them is two memory writes, never a privileged instruction.
 */
#ifndef CORACLE_PLATFORM_H
#define CORACLE_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLATFORM_PAGE_SIZE 4096ul
#define PLATFORM_FOREVER   UINT64_MAX
#define PLATFORM_NO_DMA    UINT64_MAX

/* ---- Boot ---- */

struct platform_range {
        uint64_t physical; /* page-aligned */
        uint64_t bytes;
};

struct platform_boot {
        const char *command_line;            /* as the hypervisor gave it, NUL-terminated */
        bool command_line_cut;               /* it was longer than the platform keeps */
        const char *hypervisor;              /* "KVM", "TCG", "Xen", ... for messages */
        const struct platform_range *memory; /* free RAM, sorted, disjoint */
        unsigned memory_count;
        unsigned memory_dropped; /* malformed entries of the hypervisor's memory map, for the log */
        char *direct_map;        /* address of physical 0; only the ranges in `memory` may be touched through it */
        char *map_area;          /* address space for platform_map, initially empty */
        size_t map_area_bytes;
        uint64_t entry_time;    /* time-stamp counter ticks at time 0 */
        const uint64_t *random; /* 4 words for what is seeded before platform_entropy can work (canary) */
        bool random_is_weak;    /* they, and the layout of the address space, are time-stamp jitter */
};

/*
 * Where the platform enters the library OS (libos/core/boot.c), once, on its boot stack, interrupts disabled, after
 * relocation and sealing, with the thread pointer at the main thread's control block (coracle/init.h).
 */
_Noreturn void libos_start(void);

/* The facts of this boot. Valid from the first instruction of libos, never changes. */
const struct platform_boot *platform_boot_info(void);

/* Whoever runs the machine wants the guest to end. */
enum platform_request { PLATFORM_REQUEST_POWER_OFF, PLATFORM_REQUEST_REBOOT };

/*
 * What libos gives to the platform, put together by the linker (libos/core/hooks.c). Any but boot_cpu and
 * interrupt_exit may be NULL: the program links nothing that needs it.
 */
struct platform_hooks {
        void *boot_cpu; /* what platform_cpu_local returns on the CPU that calls libos_start */

        /* The deadline given to platform_timer_arm has passed. Interrupts are disabled. */
        void (*timer)(void);

        /*
         * Called after the last handler of an interrupt, on the stack of the interrupted thread, interrupts disabled;
         * it may switch contexts. All registers, FPU included, of the interrupted code are saved.
         */
        void (*interrupt_exit)(void);

        /* Called once during a crash report; may call platform_console_write only (thread name, last log lines). */
        void (*describe_crash)(void);

        /*
         * The guest is asked to end; see platform_power_listen. In interrupt context or in a thread of the platform's:
         * it must not sleep, and may end the guest by platform_exit.
         */
        void (*power_request)(enum platform_request request);
};
extern const struct platform_hooks libos_hooks;

/* ---- Interrupts and idle ---- */

/* Disables interrupts on this CPU; returns whether they were enabled. Nests through the returned value. */
bool platform_interrupts_disable(void);

/* Restores what platform_interrupts_disable returned. Interrupts that were pending are delivered before it returns. */
void platform_interrupts_restore(bool enabled);

/*
 * Sleeps until an interrupt is pending or `deadline` has passed (PLATFORM_FOREVER: interrupts only).
 * Returns 0 when an interrupt is pending, -ETIME when the deadline has passed.
 * The caller has interrupts disabled and they still are on return: the pending ones run when they are restored. An
 * interrupt that arrives between the caller's last look and this call makes it return at once. When it returns 0, the
 * timer is armed for `deadline` besides what platform_timer_arm was last given; when -ETIME, for the latter only.
 *
 * May return early. Callers loop.
 */
int platform_idle(uint64_t deadline);

/*
 * Arms the CPU's one timer: at `deadline` (PLATFORM_FOREVER disarms) libos_hooks.timer is called once, with
 * interrupts disabled. A deadline in the past fires at once. Replaces the deadline set before.
 *
 * May fire early by a few microseconds; never late by design, as late as the hypervisor schedules us in fact.
 */
void platform_timer_arm(uint64_t deadline);

/* A pointer of libos's own for each CPU (its scheduler state): on the first, libos_hooks.boot_cpu. */
void *platform_cpu_local(void);

/* ---- Threads of execution ---- */

struct platform_context {
        void *stack_pointer;      /* everything else that must survive a switch is on the stack */
        uintptr_t thread_pointer; /* FS base: the thread control block, which starts with a pointer to itself */
};

/* Prepares a context that will call entry(argument) on the stack that ends at stack_top (16-byte aligned). */
void platform_context_init(struct platform_context *context, void *stack_top, uintptr_t thread_pointer,
                           void (*entry)(void *), void *argument);

/* Saves the running context into `from`, continues `to`. Interrupts are disabled by the caller, before and after. */
void platform_context_switch(struct platform_context *from, const struct platform_context *to);

/* ---- Memory ---- */

/*
 * Maps `bytes` of free RAM at `physical` to `address` inside the mapping area, writable or read-only, never
 * executable. All three are page-aligned. Existing mappings in the range are an error.
 * Returns 0, -EINVAL (alignment, range), -EEXIST, -EPERM (not free RAM), -ENOMEM (no page-table pages left).
 * Mapping does not touch the memory: pages keep what was in them.
 */
int platform_map(void *address, uint64_t physical, size_t bytes, bool writable);

/* Takes mappings away. Unmapped holes in the range are skipped. Returns 0 or -EINVAL. */
int platform_unmap(void *address, size_t bytes);

/* Changes mapped pages to writable or read-only. Returns 0, -EINVAL, -ENOMEM (a large page had to be split). */
int platform_protect(void *address, size_t bytes, bool writable);

/*
 * The address that a device must use for the byte at `pointer`, contiguous up to the end of its page and, for memory
 * of the direct map and of the image, beyond. PLATFORM_NO_DMA for addresses of the mapping area.
 */
uint64_t platform_dma_address(const void *pointer);

/* ---- Time ---- */

/* Nanoseconds since boot, never goes back. The first call may take up to 1 ms where the rate must be measured. */
uint64_t platform_clock_monotonic(void);

/* Clocks that a machine may not have. */
enum platform_clock {
        PLATFORM_CLOCK_EPOCH, /* the date: nanoseconds from 1970-01-01 UTC to monotonic time 0 */
        PLATFORM_CLOCK_STOLEN /* nanoseconds that this CPU had work to do and the hypervisor ran others */
};

/* Reads one of them into *nanoseconds. Returns 0, or -ENODEV: nobody knows. May take 2 s where a date is read from an
 * old clock chip. */
int platform_clock_read(enum platform_clock clock, uint64_t *nanoseconds);

/* ---- Entropy ---- */

/*
 * Fills `buffer`. Returns 0 when every byte came from a real source (RDSEED, RDRAND, virtio-rng), or -ENODATA: there
 * is none, and the bytes are a mix of time-stamp jitter that an attacker may guess.
 */
int platform_entropy(void *buffer, size_t bytes);

/* ---- Console ---- */

/* Writes all of it, blocking, to the console that the hypervisor offers. Usable at any time, a crash included. */
void platform_console_write(const void *data, size_t bytes);

/* Reads what has arrived, at most `bytes`, without waiting. Returns the count, 0 when nothing is there. */
size_t platform_console_read(void *data, size_t bytes);

/* Calls fn(ctx), interrupts disabled, whenever console input has arrived. One listener. */
void platform_console_on_input(void (*fn)(void *ctx), void *ctx);

/* ---- What the guest was given ---- */

#define PLATFORM_GIVEN_NAME 64
#define PLATFORM_DISC_BLOCK 2048u
#define PLATFORM_MAKER_NAME 7

enum platform_gift {
        PLATFORM_GIVEN_DATA, /* pieces of data (QEMU's fw_cfg, names under "opt/coracle/", told without that prefix) */
        PLATFORM_GIVEN_DISC  /* discs in CD-ROM drives: "cd0", "cd1" and so on; an empty drive has 0 bytes */
};

/*
 * What whoever started the guest gave it beside the command line, by kind. Tells the index-th one's name, and copies
 * its bytes from `offset` on, at most `bytes`: for a disc multiples of PLATFORM_DISC_BLOCK; data starts at 0 always.
 * Returns its size, -ENOENT beyond the last, or -ENODEV: it could not be read. Threads only, one at a time.
 *
 * The name and the contents are an outsider's: any bytes. With `bytes` 0 nothing is read. Looking for drives that do
 * not answer may take 2 s altogether, and a command to one a second.
 */
int64_t platform_given(enum platform_gift kind, unsigned index, char name[PLATFORM_GIVEN_NAME], uint64_t offset,
                       void *buffer, size_t bytes);

/*
 * Who made the machine, as its firmware says (the OEM of its ACPI tables: "AMAZON", "Google", "BOCHS"), at most 6
 * characters; empty where there is no such firmware.
 */
void platform_maker(char name[PLATFORM_MAKER_NAME]);

/* ---- Devices and the end ---- */

/*
 * Looks for devices of a class on every bus of this hypervisor and starts the drivers linked for it. Drivers announce
 * themselves to the class (see coracle/netdev_driver.h). Returns the number found.
 * Referenced only from the class's own code, so that an image that does not use the class carries no driver for it.
 */
unsigned platform_probe_network(void);
unsigned platform_probe_block(void);

/*
 * Starts listening for requests to end (a hypervisor's power button, a toolstack's shutdown): from now on they call
 * libos_hooks.power_request; before, they are kept or lost, as the machine does it. From a thread; once; may sleep.
 */
void platform_power_listen(void);

/*
 * Ends the guest with an exit status (0..255). Never returns. Output already written is not lost. Where the hypervisor
 * only tells a good end from a bad one, 0 is a good one; an end that was requested is carried out as requested.
 */
_Noreturn void platform_exit(int status);

/*
 * Ends the guest with a crash report (reason, registers here, backtrace, the text that the `describe` hook adds) and
 * status 134. The same report follows a fatal trap.
 */
_Noreturn void platform_crash(const char *reason);

#endif
