/*
 * Ring 3's start: relocates the image, has the nucleus seal what relocation wrote, makes the list of free memory, and
 * goes on to the library OS.
 */
#include <stddef.h>
#include <platform.h>

#include "memory/device_area.h"
#include "gate_call.h"
#include "interrupt/interrupt.h"
#include "memory/memory_list.h"
#include "start.h"

#define HIDDEN __attribute__((visibility("hidden")))

/* linker/image.ld */
extern const uint64_t image_relr[] HIDDEN, image_relr_end[] HIDDEN;
extern const struct rela {
        uint64_t offset, info, addend;
} image_rela[] HIDDEN, image_rela_end[] HIDDEN;

#define R_X86_64_RELATIVE 8

/* start.S */
_Static_assert(offsetof(struct gate_boot_info, random) == 0x60, "where start.S finds the canary");

static const struct gate_boot_info *boot_info;
static struct platform_boot facts;
static struct platform_range memory[GATE_RANGES_MAX];

/*
 * Relative relocations only (System V ABI for x86-64, section 4.4; RELR: generic ABI, chapter 5). Another kind in the
 * image is a mistake of the build and ends in a crash at this ud2.
 */
static void relocate(uint64_t bias)
{
        for (const struct rela *rela = image_rela; rela < image_rela_end; rela++) {
                if ((uint32_t)rela->info != R_X86_64_RELATIVE)
                        __asm__ volatile("ud2");
                *(uint64_t *)(bias + rela->offset) = bias + rela->addend;
        }
        uint64_t *next = NULL;
        for (const uint64_t *relr = image_relr; relr < image_relr_end; relr++) {
                if ((*relr & 1) == 0) {
                        next = (uint64_t *)(bias + *relr);
                        *next++ += bias;
                        continue;
                }
                for (uint64_t bits = *relr >> 1; bits != 0; bits &= bits - 1) {
                        uint64_t bit;
                        __asm__("bsfq %1, %0" : "=r"(bit) : "r"(bits));
                        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the first entry is an address */
                        next[bit] += bias;
                }
                next += 63;
        }
}

static void fill_in_facts(const struct gate_boot_info *info)
{
        static const char *const hypervisors[] = {"none", "KVM", "TCG", "Xen", "unknown"};
        facts.memory_count = memory_list(info, memory, GATE_RANGES_MAX);
        facts.command_line = info->command_line;
        facts.command_line_cut = info->command_line_cut != 0;
        facts.hypervisor = hypervisors[info->hypervisor];
        facts.memory = memory;
        facts.memory_dropped = info->ranges_dropped;
        facts.direct_map = (char *)info->direct_map;
        facts.map_area = (char *)info->map_area;
        facts.map_area_bytes = info->map_area_bytes - DEVICE_AREA_BYTES;
        facts.entry_time = info->tsc_entry;
        facts.random = info->random + 1; /* start.S used the first word */
        facts.random_is_weak = info->entropy != GATE_ENTROPY_HARDWARE;
}

const struct platform_boot *platform_boot_info(void)
{
        return &facts;
}

const struct gate_boot_info *gate_boot_info(void)
{
        return boot_info;
}

const struct gate_crash *gate_crash(void)
{
        return (const struct gate_crash *)boot_info->crash;
}

/* From start.S. Relocation comes before anything that may use a stored pointer; sealing as soon as it is done. */
_Noreturn void platform_start(const struct gate_boot_info *info)
{
        relocate(info->image_bias);
        gate_call(GATE_SEAL, 0, 0, 0, 0);
        boot_info = info;
        fill_in_facts(info);
        interrupt_start(info->xsave_bytes);
        thread_pointer_start(info);
        libos_start();
}
