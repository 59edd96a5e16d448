/*
 * The gate: the binary interface between ring 3 (library OS, drivers, application) and the nucleus in ring 0.
 * Self-contained: included by the nucleus, by platform code in ring 3, and by nothing else. Everything that ring 3
 * passes is checked by the nucleus; a bad argument returns a negative errno and never faults in ring 0.
 *
 * Call convention: `syscall`, number in rax, arguments in rdi, rsi, rdx, r10; result in rax (negative errno on error);
 * rcx and r11 are clobbered, every other register is preserved. An undefined instruction with GATE_TRAP_MAGIC in r11
 * and the return address in rcx is a gate call too: for hypervisors that emulate `syscall` badly, and for trying an
 * instruction that the CPU may not know (rax = GATE_NUMBERS: -ENOSYS in rax says it does not).
 */
#ifndef CORACLE_NUCLEUS_GATE_H
#define CORACLE_NUCLEUS_GATE_H

#include <stdint.h>

#define GATE_TRAP_MAGIC 0x6574616765726f63ull

/* Fixed numbers of the address space. */
#define GATE_NUCLEUS_BASE 0x100000ull /* physical = virtual, supervisor only; the ELF is linked and loaded here */
#define GATE_PAGE_SIZE    4096ull
#define GATE_PHYSICAL_MAX (1ull << 38) /* 256 GiB: RAM beyond is not used; the direct map has room for this */

enum gate_number {
        GATE_IDLE = 0,   /* ()                          halt until an interrupt is pending; 0 */
        GATE_TIMER_ARM,  /* (ticks)                     one-shot local APIC timer in bus ticks; 0 disarms */
        GATE_TIMER_READ, /* ()                          ticks left in the running one-shot timer */
        GATE_MAP,        /* (virtual, physical, bytes, GATE_MAP_*) page-aligned, inside the mapping area */
        GATE_UNMAP,      /* (virtual, bytes)            page-aligned, inside the mapping area */
        GATE_PROTECT,    /* (virtual, bytes, GATE_MAP_*) of mapped pages of the mapping area */
        GATE_SEAL,       /* ()                          relocated read-only data becomes read-only for good */
        GATE_IRQ_ROUTE,  /* (ioapic physical address, pin, vector, GATE_IRQ_*) routes and unmasks */
        GATE_IRQ_MASK,   /* (ioapic physical address, pin, masked) */
        GATE_PORT_IN,    /* (port, width 1|2|4)         value; only ports on the nucleus's list */
        GATE_PORT_OUT,   /* (port, width 1|2|4, value)  only ports on the nucleus's list */
        GATE_CLOCK_PAGE, /* ()                          asks the hypervisor to fill the pvclock page; 0, -ENODEV */
        GATE_SET_FS,     /* (base)                      for CPUs whose ring 3 cannot execute wrfsbase */
        GATE_PORT_RUN,   /* (port | count << 16, bytes 0-7, bytes 8-15, status port | mask << 16) see below */
        GATE_QUERY,     /* (virtual)                   GATE_CAN_* of ring 3 at that address; 0: nothing; never faults */
        GATE_EXIT,      /* ()                          ends the guest when every softer way failed: triple fault */
        GATE_HYPERCALL, /* (GATE_XEN_*, a, b, c)   one of the hypercalls below */
        GATE_CONFIG_READ, /* (GATE_CONFIG(key) or GATE_CONFIG_NEXT) fw_cfg's first or next bytes to `config`; -ENODEV */
        GATE_NUMBERS
};

/*
 * The hypercalls that ring 3 may have made, with their arguments a, b, c. Arguments are numbers: the nucleus builds
 * what Xen reads. Returns Xen's result, or a negative errno (-ENOSYS also stands for Xen's errors above 34); -ENODEV:
 * this is not Xen; -EPERM: operation or argument not on this list, which gate_cpu_page.hypercalls_refused counts.
 */
enum gate_xen {
        GATE_XEN_EVENT_SEND = 0, /* (port) */
        GATE_XEN_EVENT_ALLOCATE, /* (remote domain)    an unbound port for it; the port */
        GATE_XEN_EVENT_VIRQ,     /* (VIRQ_TIMER)       binds it on CPU 0; the port */
        GATE_XEN_EVENT_UNMASK,   /* (port) */
        GATE_XEN_EVENT_CLOSE,    /* (port) */
        GATE_XEN_CALLBACK,       /* (vector)           events arrive there; 0: nowhere, but Xen learns of 64 bits */
        GATE_XEN_PARAMETER,      /* (index)            HVM_PARAM_{STORE,CONSOLE}_{PFN,EVTCHN}; its value */
        GATE_XEN_SHARE,          /* (XENMAPSPACE_shared_info, 0, physical) or _grant_table, n: replaces a free page */
        GATE_XEN_TIMER,          /* (deadline)         one VIRQ_TIMER at this Xen system time, ns; 0: none */
        GATE_XEN_STOLEN,         /* ()                 ns in which this CPU was ready to run and did not */
        GATE_XEN_SHUTDOWN,       /* (reason)           SHUTDOWN_poweroff, _reboot, _crash */
        GATE_XEN_YIELD,          /* () */
        GATE_XEN_POLL,           /* (port, deadline)   until it is pending, or that Xen system time; 0: for ever */
        GATE_XEN_CONSOLE,        /* (bytes 0-7, bytes 8-15, count) console_io: prints from dom0 and on debug Xens */
        GATE_XEN_OPERATIONS
};

#define GATE_MAP_WRITE  0x1u /* else read-only */
#define GATE_MAP_DEVICE 0x2u /* physical is outside RAM and the interrupt controllers; uncached, but on Xen */
/* Nothing that the gate maps is ever executable. */

/*
 * GATE_PORT_RUN writes 1 to 16 bytes, little-endian in two registers so that the nucleus reads no ring-3 memory, to one
 * port on its list, if (in(status port) & mask) != 0. Returns the count, or -EAGAIN when the device was not ready. One
 * gate call fills the FIFO of a 16550: a call for each byte would cost a trap each.
 */
#define GATE_PORT_RUN_MAX 16u
#define GATE_CONFIG_NEXT  0u
#define GATE_CONFIG(key)  ((uint32_t)(key) << 16 | 8)
#define GATE_CONFIG_BYTES 1024u /* of each GATE_CONFIG_READ, zeros beyond the end */

#define GATE_CAN_READ    0x1u
#define GATE_CAN_WRITE   0x2u
#define GATE_CAN_EXECUTE 0x4u

#define GATE_IRQ_LEVEL      0x1u /* level-triggered: the nucleus masks the pin on arrival; ring 3 unmasks it */
#define GATE_IRQ_ACTIVE_LOW 0x2u /* polarity */

/*
 * Interrupt vectors that ring 3 may route or give to a device (MSI). The timer's is fixed. The interrupt table ends at
 * 0x4f: it is built at link time, and each vector is 25 bytes of the image.
 */
#define GATE_VECTOR_FIRST 0x20u
#define GATE_VECTOR_LAST  0x4du
#define GATE_VECTOR_TIMER 0x4eu

/* The per-CPU page, shared with ring 3, whose GS base is its address. Ring 0 reads it as ring 3's wishes on itself. */
struct gate_cpu_page {
        uint8_t upcall_enabled;     /* INOUT virtual interrupt flag: ring 3 sets; the nucleus clears on an upcall */
        uint8_t interrupts_pending; /* INOUT some bit of `pending` is set; ring 3 clears before it scans */
        uint8_t reserved[6];
        uint64_t pending[4];         /* INOUT one bit for each vector; nucleus sets, ring 3 clears atomically */
        uint64_t upcall_rip;         /* OUT  where the upcall interrupted ring 3 ... */
        uint64_t upcall_rflags;      /* OUT  ... and its flags; rsp and all other registers are as they were */
        uint64_t self;               /* OUT  ring-3 virtual address of this page, so that %gs:SELF gives a pointer */
        uint64_t libos;              /* ring 3's own: its per-CPU structure */
        uint64_t scratch[4];         /* ring 3's own: for entry code */
        uint64_t spurious;           /* OUT  interrupts that arrived at a vector nobody may route */
        uint64_t upcalls;            /* OUT  interrupts that were delivered as upcalls */
        uint64_t faults;             /* OUT  page faults that the nucleus resolved */
        uint64_t hypercalls_refused; /* OUT  not on the list of enum gate_xen */
        uint8_t config[GATE_CONFIG_BYTES]; /* OUT  what GATE_CONFIG_READ read */
};

/* A trap that ring 3 may not survive. coracle_crash is entered with rbx, rbp, rsp and r12 to r15 as they were. */
struct gate_crash {
        uint64_t vector;  /* OUT  x86 exception number */
        uint64_t error;   /* OUT  its error code, 0 when it has none */
        uint64_t address; /* OUT  CR2 of a page fault */
        uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15, rip, rflags;
};

enum gate_memory_type {
        GATE_MEMORY_FREE = 1,
        GATE_MEMORY_RESERVED = 2,
        GATE_MEMORY_ACPI = 3,
        GATE_MEMORY_TAKEN = 4, /* RAM of the nucleus, its page tables and the image: never mapped again */
        GATE_MEMORY_MODULE = 5 /* RAM of a module: read-only in the direct map */
};
struct gate_range {
        uint64_t start, end; /* physical, page-aligned; end is the first byte behind it */
        uint32_t type;
        uint32_t reserved;
};

enum gate_hypervisor { GATE_HV_NONE = 0, GATE_HV_KVM, GATE_HV_TCG, GATE_HV_XEN, GATE_HV_OTHER };

#define GATE_RANGES_MAX       64u
#define GATE_COMMAND_LINE_MAX 4096u
#define GATE_MODULES_MAX      8u

#define GATE_ENTROPY_HARDWARE 1u    /* RDRAND */
#define GATE_ENTROPY_WEAK     2u    /* time-stamp jitter only */
#define GATE_XSAVE_MASK       0xe7u /* x87, SSE, AVX, AVX-512: what compilers use; an upcall saves them */

/* What the nucleus tells ring 3 at its start (rdi = pointer). Read-only in ring 3, for ever mapped. */
struct gate_boot_info {
        uint32_t hypervisor;       /* OUT  enum gate_hypervisor */
        uint32_t entropy;          /* OUT  GATE_ENTROPY_* */
        uint64_t image_bias;       /* OUT  ring-3 virtual address minus link address (= minus physical address) */
        uint64_t image_start;      /* OUT  physical extent of the ring-3 image, for address translation */
        uint64_t image_end;        /* OUT */
        uint64_t direct_map;       /* OUT  ring-3 virtual address of physical 0: free RAM only, mapped when touched */
        uint64_t direct_map_bytes; /* OUT */
        uint64_t map_area;         /* OUT  the mapping area: where GATE_MAP may map; initially empty */
        uint64_t map_area_bytes;   /* OUT */
        uint64_t crash;            /* OUT  ring-3 address of struct gate_crash */
        uint64_t clock_page;       /* OUT  ring-3 address of the pvclock page (struct pvclock_vcpu_time_info at 0,
                                           struct pvclock_wall_clock at 64), see GATE_CLOCK_PAGE */
        uint64_t rsdp;             /* OUT  physical address of the ACPI root pointer, 0 when there is none */
        uint64_t tsc_entry;        /* OUT  time-stamp counter at the first instruction of the image */
        uint64_t random[8];        /* OUT  64 bytes; see entropy */
        uint32_t fsgsbase;         /* OUT  1 when ring 3 may execute wrfsbase */
        uint32_t xsave_bytes;      /* OUT  size of the XSAVE area for the enabled features; 0: use FXSAVE */
        uint32_t range_count;      /* OUT */
        uint32_t ranges_dropped;   /* OUT  entries of the hypervisor's map that were malformed or too many */
        struct gate_range ranges[GATE_RANGES_MAX]; /* OUT claims; of two to a page the first wins */
        uint32_t module_count;                     /* OUT */
        uint32_t command_line_cut; /* OUT  1 when the hypervisor's command line was longer than there is room */
        struct gate_module {
                uint64_t physical; /* OUT taken out of the free ranges; readable through the direct map */
                uint64_t bytes;
        } modules[GATE_MODULES_MAX];
        char command_line[GATE_COMMAND_LINE_MAX]; /* OUT  NUL-terminated */
};

#endif
