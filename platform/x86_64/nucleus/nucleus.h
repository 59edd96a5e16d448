/*
 * What the files of the nucleus share. Nothing outside this folder includes it (tests apart).
 *
 * One CPU runs; interrupts are off in ring 0 except in the one `sti; hlt` of GATE_IDLE, so nothing here needs a lock.
 * The nucleus has no initialised pointers: it is linked into a PIE whose relocations are applied by ring 3, later.
 */
#ifndef CORACLE_NUCLEUS_H
#define CORACLE_NUCLEUS_H

/* Segment selectors, in the order that syscall and iretq need (Intel SDM volume 3, section 5.8.8). */
#define SELECTOR_CODE0 0x08
#define SELECTOR_DATA0 0x10
#define SELECTOR_DATA3 0x23
#define SELECTOR_CODE3 0x2b
#define SELECTOR_TASK  0x30

/* Size of the interrupt descriptor table: the exceptions, the vectors of gate.h and the spurious one. */
#define VECTOR_SPURIOUS 0x4f
#define VECTORS         0x50

#define IST_DEBUG  1 /* #DB */
#define IST_NMI    2
#define IST_DOUBLE 3 /* #DF and #MC: the end */

#define STACK_BYTES           4096
#define INTERRUPT_STACK_BYTES 1024

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate.h"

/* Errors of the gate, with the C library's numbers. */
enum { EPERM = 1, EAGAIN = 11, ENOMEM = 12, EEXIST = 17, ENODEV = 19, EINVAL = 22, ENOSYS = 88 };

enum vector { VECTOR_DEBUG = 1, VECTOR_NMI = 2, VECTOR_UNDEFINED = 6, VECTOR_PAGE_FAULT = 14, VECTOR_EXCEPTIONS = 32 };

/* The interrupted state, as entry.S lays it on the stack: rbx, rbp and r12 to r15 are not in it. */
struct frame {
        uint64_t rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11;
        uint64_t vector, error;
        uint64_t rip, cs, rflags, rsp, ss;
};

/* entry.S, image.ld */
#define HIDDEN __attribute__((visibility("hidden")))
extern char nucleus_start[] HIDDEN, nucleus_text_end[] HIDDEN, nucleus_rodata_end[] HIDDEN, nucleus_end[] HIDDEN;
extern char image_text[] HIDDEN, image_rodata[] HIDDEN, image_relro[] HIDDEN, image_data[] HIDDEN;
extern char image_data_end[] HIDDEN, image_boot_stack[] HIDDEN, image_end[] HIDDEN, image_main_tls_end[] HIDDEN;
extern char coracle_start[] HIDDEN, coracle_upcall[] HIDDEN, coracle_crash[] HIDDEN; /* the entries of ring 3 */
extern char gate_entry[] HIDDEN, stack_guard[] HIDDEN, stack_top[] HIDDEN, interrupt_stacks[] HIDDEN;
extern uint64_t page_map[512] HIDDEN, page_directory[512] HIDDEN, page_table[512] HIDDEN;
extern uint64_t descriptors[8] HIDDEN;
extern const uint64_t interrupt_table[2 * VECTORS] HIDDEN;

/* boot.c: what ring 3 sees too, under the image's bias. */
extern struct gate_cpu_page cpu_page HIDDEN;
extern struct shared_page {
        uint8_t clock[256];
        struct gate_crash crash;
} shared_page HIDDEN;
extern struct gate_boot_info boot_info HIDDEN;

struct cpu_features {
        uint64_t no_execute; /* the page-table bit, or 0 */
        uint64_t physical_limit;
        volatile uint32_t *acknowledge; /* where a 0 ends an interrupt; NULL while none can come */
        bool gigabyte_pages, rdrand, pvclock, amd;
};
extern struct cpu_features cpu HIDDEN;

/* memory_map.c */
void boot_info_read(struct gate_boot_info *info, uint64_t start_info, uint64_t taken_start, uint64_t taken_end);
uint64_t boot_info_take(struct gate_boot_info *info, uint64_t *bytes);
struct gate_range boot_info_range(const struct gate_boot_info *info, uint64_t physical);
bool boot_info_is_free(const struct gate_boot_info *info, uint64_t start, uint64_t bytes);
bool boot_info_is_device(const struct gate_boot_info *info, uint64_t start, uint64_t bytes);

/* paging.c */
enum window { WINDOW_APIC = 1, WINDOW_IOAPIC, WINDOW_PEEK, WINDOW_PEEK_NEXT, WINDOW_TABLE, WINDOW_XEN };
void *window(enum window slot, uint64_t physical, bool device);
void physical_read(uint64_t *to, uint64_t physical, size_t words);
void paging_protect_nucleus(void);
bool paging_map_image(uint64_t bias);
void paging_make_pool(void);
int64_t paging_seal(void);
bool paging_resolve(uint64_t address, bool write);
unsigned paging_query(uint64_t address);
int64_t paging_map(uint64_t virtual, uint64_t physical, uint64_t bytes, uint64_t flags);
int64_t paging_unmap(uint64_t virtual, uint64_t bytes);
int64_t paging_protect(uint64_t virtual, uint64_t bytes, uint64_t flags);

/* apic.c */
bool apic_start(void);
int64_t apic_timer_arm(uint64_t ticks);
int64_t apic_timer_left(void);
int64_t ioapic_route(uint64_t ioapic, uint64_t pin, uint64_t vector, uint64_t flags);
int64_t ioapic_mask(uint64_t ioapic, uint64_t pin, uint64_t masked);
void ioapic_mask_arrived(unsigned vector);

/* xen.c; hypercall is in entry.S */
int64_t xen_call(uint64_t operation, uint64_t a, uint64_t b, uint64_t c);
uint32_t xen_memory_map(void *entries, uint32_t room);
int64_t hypercall(uint64_t first, uint64_t second, uint64_t third, uint64_t number, bool amd) HIDDEN;

/* port.c */
int64_t port_in(uint64_t port, uint64_t width);
int64_t port_out(uint64_t port, uint64_t width, uint64_t value);
int64_t config_read(uint64_t what);
int64_t port_run(uint64_t port_count, uint64_t low, uint64_t high, uint64_t status);
_Noreturn void last_words(const char *what, uint64_t address);
_Noreturn void triple_fault(void);

/* Called by entry.S. */
void boot(struct frame *frame, uint64_t start_info, uint64_t tsc);
int64_t gate(struct frame *frame);
void interrupt(struct frame *frame);
void exception(struct frame *frame);

/* trap.c */
void upcall_if_due(struct frame *frame);

/* Where ring 3 has what the nucleus shares with it, and its own image. */
static inline uint64_t ring3(const void *shared)
{
        return boot_info.image_bias + (uint64_t)shared;
}

/* Whether [start, start + bytes) lies in [first, last), without overflow. */
static inline bool within(uint64_t start, uint64_t bytes, uint64_t first, uint64_t last)
{
        return (start >= first) & (start <= last) & (bytes <= last - start);
}

#endif
#endif
