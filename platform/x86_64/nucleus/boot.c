/*
 * The way from the PVH entry to ring 3: CPU features, the nucleus's own protection, the boot facts, the layout of the
 * address space, the image's pages. Everything else is ring 3's. No step depends on the size of memory, and nothing is
 * cleared: the loader zeroed the nucleus's pages.
 */
#include "cpu.h"
#include "nucleus.h"

#define CR4_FXSR   (3ull << 9) /* OSFXSR, OSXMMEXCPT */
#define CR4_UMIP   (1ull << 11)
#define CR4_FSGS   (1ull << 16)
#define CR4_XSAVE  (1ull << 18)
#define CR4_SMEP   (1ull << 20)
#define CR4_SMAP   (1ull << 21)
#define EFER_NXE   (1ull << 11)
#define PIC_MASK_1 0x21
#define PIC_MASK_2 0xa1

/*
 * Of 128 TiB, slots of 512 GiB: slot 0 is the nucleus's, 1 to 252 are ring 3's in three parts. Ring 3 has nothing at
 * the end of the lower half: an address after a syscall instruction is canonical, as iretq wants it.
 */
#define SLOT_BYTES     (1ull << 39)
#define SLOTS_IN_PART  84u
#define MAP_AREA_BYTES (SLOT_BYTES / 4)
#define GIB            (1ull << 30)
#define PAGE_2M        0x200000ull

#define CONTROL_BLOCK_BYTES 64u
#define TRIES               32 /* RDRAND is never empty for so long, unless it is broken */

struct gate_cpu_page cpu_page __attribute__((section(".bss.shared.0"), aligned(4096)));
struct shared_page shared_page __attribute__((section(".bss.shared.1"), aligned(4096)));
struct gate_boot_info boot_info __attribute__((section(".bss.shared.2"), aligned(4096)));
_Static_assert(sizeof(struct gate_cpu_page) <= GATE_PAGE_SIZE, "the cpu page is one page");

struct cpu_features cpu;

static struct __attribute__((packed)) {
        uint32_t reserved0;
        uint64_t rsp0, rsp1, rsp2, reserved1, ist[7], reserved2;
        uint16_t reserved3, io_map;
} task;

static void detect_hypervisor(void)
{
        uint32_t base = 0x40000000, name = cpuid(base, 0).ebx; /* the first 4 letters of KVMKVMKVM and so on */
        if (name == 0x7263694d) /* "Micr", Hyper-V's, which KVM and Xen may show before their own */
                name = cpuid(base |= 0x100, 0).ebx;
        boot_info.hypervisor = name == 0x4b4d564b   ? GATE_HV_KVM
                               : name == 0x54474354 ? GATE_HV_TCG
                               : name == 0x566e6558 ? GATE_HV_XEN
                                                    : GATE_HV_OTHER;
        cpu.pvclock = name == 0x4b4d564b && (cpuid(base + 1, 0).eax & 1u << 3);
}

/* CPUID (Intel SDM volume 2, CPUID). Every protection that the CPU offers is turned on. */
static void start_cpu(void)
{
        struct cpuid zero = cpuid(0, 0), seven = zero.eax >= 7 ? cpuid(7, 0) : (struct cpuid){0};
        uint32_t features = cpuid(1, 0).ecx, long_mode = cpuid(0x80000001, 0).edx;
        uint32_t address_bits = cpuid(0x80000008, 0).eax & 0xff;
        cpu.physical_limit = 1ull << (address_bits < 52 ? address_bits : 52); /* as page tables have room for */
        cpu.no_execute = (uint64_t)(long_mode >> 20 & 1) << 63;
        cpu.gigabyte_pages = long_mode >> 26 & 1;
        cpu.amd = zero.ebx == 0x68747541 || zero.ebx == 0x6f677948; /* AuthenticAMD, HygonGenuine */
        cpu.rdrand = features >> 30 & 1;
        if (features >> 31)
                detect_hypervisor();

        uint64_t cr4 = read_cr4() | CR4_FXSR;
        cr4 |= seven.ebx & 1u << 0 ? CR4_FSGS : 0;
        cr4 |= seven.ebx & 1u << 7 ? CR4_SMEP : 0;
        cr4 |= seven.ebx & 1u << 20 ? CR4_SMAP : 0;
        cr4 |= seven.ecx & 1u << 2 ? CR4_UMIP : 0;
        cr4 |= features & 1u << 26 ? CR4_XSAVE : 0;
        write_cr4(cr4);
        wrmsr(MSR_EFER, rdmsr(MSR_EFER) | (cpu.no_execute ? EFER_NXE : 0));
        if (cr4 & CR4_XSAVE) {
                __asm__ volatile("xsetbv" ::"c"(0), "a"(cpuid(0xd, 0).eax & GATE_XSAVE_MASK), "d"(0));
                boot_info.xsave_bytes = cpuid(0xd, 0).ebx;
        }
        boot_info.fsgsbase = (cr4 & CR4_FSGS) != 0;
}

static void load_tables(void)
{
        struct __attribute__((packed)) {
                uint16_t limit;
                uint64_t base;
        } idt = {sizeof(uint64_t) * 2 * VECTORS - 1, (uint64_t)interrupt_table};
        uint64_t base = (uint64_t)&task; /* below 2 MiB: its upper 40 bits are zero */

        task.rsp0 = (uint64_t)stack_top;
        for (unsigned i = 0; i < 3; i++)
                task.ist[i] = (uint64_t)interrupt_stacks + (i + 1) * INTERRUPT_STACK_BYTES;
        task.io_map = sizeof(task);
        descriptors[SELECTOR_TASK / 8] =
                (sizeof(task) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
        __asm__ volatile("lidt %0; ltr %w1" : : "m"(idt), "r"(SELECTOR_TASK));

        wrmsr(MSR_STAR, (uint64_t)SELECTOR_CODE0 << 32);
        wrmsr(MSR_LSTAR, (uint64_t)gate_entry);
        wrmsr(MSR_SFMASK, 0x257fd5); /* every flag that can be masked */
}

/*
 * RDRAND (Intel SDM volume 1, section 7.3.17), which every CPU with RDSEED has too; else the few unpredictable bits of
 * the time-stamp counter, spread by splitmix64's finaliser, which is marked weak.
 */
static uint64_t random_word(void)
{
        static uint64_t state;
        uint64_t word;
        bool good = false;
        for (unsigned i = 0; cpu.rdrand && !good && i < TRIES; i++)
                __asm__ volatile("rdrand %0" : "=r"(word), "=@ccc"(good));
        if (good)
                return word;
        boot_info.entropy = GATE_ENTROPY_WEAK;
        state += __builtin_ia32_rdtsc() * 0x9e3779b97f4a7c15ull;
        state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9ull;
        state = (state ^ (state >> 27)) * 0x94d049bb133111ebull;
        return state ^= state >> 31;
}

/* A random address in one of the three parts of the address space, aligned, with so much room in its slot. */
static uint64_t random_place(unsigned part, uint64_t alignment, uint64_t room)
{
        uint64_t random = random_word(), slot = 1 + part * SLOTS_IN_PART + random % SLOTS_IN_PART;
        return slot * SLOT_BYTES + (random >> 32) % ((SLOT_BYTES - room) / alignment) * alignment;
}

/* Bits of chance: image 24, direct map 14, mapping area 23; and ring 3's own. */
static void make_layout(void)
{
        boot_info.entropy = GATE_ENTROPY_HARDWARE;
        boot_info.image_bias = random_place(0, PAGE_2M, GIB);
        boot_info.direct_map = random_place(1, GIB, GATE_PHYSICAL_MAX);
        boot_info.map_area = random_place(2, PAGE_2M, MAP_AREA_BYTES);
        boot_info.map_area_bytes = MAP_AREA_BYTES;
        for (unsigned i = 0; i < sizeof(boot_info.random) / sizeof(boot_info.random[0]); i++)
                boot_info.random[i] = random_word();
}

static void enter(struct frame *frame)
{
        cpu_page.self = ring3(&cpu_page);
        boot_info.crash = ring3(&shared_page.crash);
        boot_info.clock_page = ring3(&shared_page.clock);
        wrmsr(MSR_GS_BASE, cpu_page.self);
        frame->rsp = ring3(image_end);
        wrmsr(MSR_FS_BASE, ring3(image_main_tls_end) - CONTROL_BLOCK_BYTES);

        frame->rdi = ring3(&boot_info);
        frame->rip = ring3(coracle_start);
        frame->cs = SELECTOR_CODE3;
        frame->ss = SELECTOR_DATA3;
        frame->rflags = 0x202;
}

/* In this order: pages need the CPU's features, the pool needs the memory map, ring 3 needs them all. */
void boot(struct frame *frame, uint64_t start_info, uint64_t tsc)
{
        start_cpu();
        paging_protect_nucleus();
        load_tables();
        out8(PIC_MASK_1, 0xff); /* never used: nothing wired to them may reach an exception's vector */
        out8(PIC_MASK_2, 0xff);
        boot_info.tsc_entry = tsc;
        boot_info.image_start = (uint64_t)image_text;
        boot_info.image_end = (uint64_t)image_end;
        boot_info_read(&boot_info, start_info, (uint64_t)nucleus_start, (uint64_t)image_end);
        paging_make_pool();
        make_layout();
        if (!paging_map_image(boot_info.image_bias))
                last_words("no memory for the image's page tables", 0);
        enter(frame);
}
