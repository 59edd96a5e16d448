/*
 * The crash report, and the end of the guest with status 134. The command-line tool reads this format:
 *
 *     *** crash: REASON at 0xCODE
 *         accessed 0xADDRESS: WHAT                        page faults only
 *         error 0xN: WORDS                                traps with an error code only
 *         rip 0xN rflags 0xN                              and four lines of the other registers
 *         CPU NAME; hypervisor NAME; image bias 0xN
 *       #0 0xCODE
 *       #1 0xCODE                                         return addresses from here on
 *       #2 0xCODE (outside the image)
 *         backtrace ends: WHY                             if it had to
 *         what the hook of libos adds
 *     *** end of crash report, exit status 134
 *
 * CODE is the address as linked (run-time address minus the bias), so that a symbol table can be asked as it is; for
 * an address outside the image's code it is the run-time address, and marked.
 *
 * Functions here have no stack canary: a crash may come before there is a thread pointer to find the canary with, or
 * after it was lost.
 */
#include <x86_64/crash/crash.h>

#include <stdatomic.h>
#include <stddef.h>

#include <console.h>
#include <platform.h>
#include <text.h>
#include <x86_64/crash/backtrace.h>
#include <x86_64/cpu.h>
#include <x86_64/crash/crash_reason.h>
#include <x86_64/gate_call.h>

#define NO_CANARY __attribute__((no_stack_protector))

#define EXIT_STATUS 134 /* 128 + SIGABRT, as a shell reports an aborted program */
#define FRAMES_MAX  64u

/* Instructions that are recognised (Intel SDM volume 2). */
#define PUSH_RBP       0x55u
#define CALL_OPCODE    0xe8u /* with a 32-bit distance from the next instruction */
#define CALL_BYTES     5u
#define LEAF_BYTES_MAX 4096u

_Static_assert(offsetof(struct gate_crash, rax) == 24 && offsetof(struct gate_crash, rsi) == 56 &&
                       offsetof(struct gate_crash, rbp) == 72 && offsetof(struct gate_crash, rsp) == 80 &&
                       offsetof(struct gate_crash, r15) == 144 && offsetof(struct gate_crash, rip) == 152 &&
                       sizeof(struct gate_crash) == 168,
               "crash_entry.S writes these offsets");

extern char crash_stack[CRASH_STACK_BYTES]; /* crash_entry.S */
_Alignas(16) char crash_stack[CRASH_STACK_BYTES];

static atomic_flag crashing = ATOMIC_FLAG_INIT;
static struct text text;

/* Called from crash_entry.S only. */
_Noreturn void crash_after_trap(const uint64_t kept[6]);
_Noreturn void crash_on_request(const char *reason, const struct gate_crash *registers);

static void add_code_address(uint64_t address)
{
        const struct gate_boot_info *boot = gate_boot_info();
        const bool is_code = crash_is_code(boot, address);
        text_add_hex(&text, is_code ? address - boot->image_bias : address);
        if (!is_code)
                text_add(&text, " (outside the image)");
}

/* From rax on, in the order of struct gate_crash; four to a line. */
static void write_registers(const struct gate_crash *crash)
{
        static const char names[][4] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
                                        "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
        const uint64_t *values = &crash->rax;
        text_add(&text, "    rip ");
        text_add_hex(&text, crash->rip);
        text_add(&text, " rflags ");
        text_add_hex(&text, crash->rflags);
        text_write_line(&text);
        for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                text_add(&text, i % 4 == 0 ? "    " : " ");
                text_add(&text, names[i]);
                text_add(&text, " ");
                text_add_hex(&text, values[i]);
                if (i % 4 == 3)
                        text_write_line(&text);
        }
}

static void add_name_part(uint32_t part)
{
        for (; part != 0; part >>= 8)
                text_add(&text, (const char[2]){(char)part, '\0'});
}

/* The processor's brand string (AMD64 manual volume 3, CPUID functions 8000_0002 to 8000_0004). */
static NO_CANARY void add_cpu_name(void)
{
        if (cpu_id(0x80000000, 0).eax < 0x80000004) {
                text_add(&text, "unknown");
                return;
        }
        for (uint32_t leaf = 0x80000002; leaf <= 0x80000004; leaf++) {
                const struct cpuid id = cpu_id(leaf, 0);
                add_name_part(id.eax);
                add_name_part(id.ebx);
                add_name_part(id.ecx);
                add_name_part(id.edx);
        }
}

static void write_machine(void)
{
        text_add(&text, "    CPU ");
        add_cpu_name();
        text_add(&text, "; hypervisor ");
        text_add(&text, platform_boot_info()->hypervisor);
        text_add(&text, "; image bias ");
        text_add_hex(&text, gate_boot_info()->image_bias);
        text_write_line(&text);
}

static void write_frame(unsigned number, uint64_t address)
{
        text_add(&text, "  #");
        text_add_decimal(&text, number);
        text_add(&text, " ");
        add_code_address(address);
        text_write_line(&text);
}

/* Whether the call before `address` went to the function that `rip` is in: to a little below it, and without a frame.
 */
static bool was_called_from(uint64_t address, uint64_t rip)
{
        const uint8_t *call = (const uint8_t *)(address - CALL_BYTES);
        if (!crash_is_code(gate_boot_info(), address - CALL_BYTES) || call[0] != CALL_OPCODE)
                return false;
        const uint32_t distance = call[1] | (uint32_t)call[2] << 8 | (uint32_t)call[3] << 16 | (uint32_t)call[4] << 24;
        const uint64_t target = address + (uint64_t)(int32_t)distance;
        return rip >= target && rip - target < LEAF_BYTES_MAX && crash_is_code(gate_boot_info(), target) &&
               *(const uint8_t *)target != PUSH_RBP;
}

/*
 * Whether the return address is still on top of the stack, not behind a frame: after a jump to no code, when the
 * function's first instruction is what trapped, or in a leaf function, for which compilers make no frame.
 */
static bool is_return_address(const struct gate_crash *crash, uint64_t top)
{
        const struct gate_boot_info *boot = gate_boot_info();
        if (!crash_is_code(boot, top))
                return false;
        return !crash_is_code(boot, crash->rip) || *(const uint8_t *)crash->rip == PUSH_RBP ||
               was_called_from(top, crash->rip);
}

static NO_CANARY void write_backtrace(const struct gate_crash *crash)
{
        struct backtrace walk;
        uint64_t address;
        unsigned number = 0;
        write_frame(number++, crash->rip);
        backtrace_start(&walk, crash->rbp);
        if (backtrace_read(&walk, crash->rsp, &address) && is_return_address(crash, address))
                write_frame(number++, address);
        while (number < FRAMES_MAX && backtrace_next(&walk, &address))
                write_frame(number++, address);
        if (number == FRAMES_MAX)
                walk.broken = "it is long";
        if (walk.broken != NULL) {
                text_add(&text, "    backtrace ends: ");
                text_add(&text, walk.broken);
                text_write_line(&text);
        }
}

static void write_access(const struct gate_crash *crash)
{
        text_add(&text, "    accessed ");
        text_add_hex(&text, crash->address);
        text_add(&text, ": ");
        text_add(&text, crash_place(gate_boot_info(), crash->address, crash->rsp));
        text_write_line(&text);
}

static void write_error(const struct gate_crash *crash)
{
        text_add(&text, "    error ");
        text_add_hex(&text, crash->error);
        if (crash->vector == TRAP_PAGE_FAULT) {
                text_add(&text, (crash->error & FAULT_PRESENT) != 0 ? ": not allowed, " : ": not mapped, ");
                text_add(&text, crash_access(crash->error));
                text_add(&text, (crash->error & FAULT_USER) != 0 ? " it from ring 3" : " it from ring 0");
                text_add(&text, (crash->error & FAULT_RESERVED) != 0 ? ", reserved bits set" : "");
        } else {
                text_add(&text, ": selector or table entry; 0 for none");
        }
        text_write_line(&text);
}

/* Ends the guest at once when a report is being written already: what it needs is what crashed. */
static void start_report(void)
{
        (void)platform_interrupts_disable();
        if (atomic_flag_test_and_set(&crashing))
                platform_exit(EXIT_STATUS);
        console_is_patient = true;
        text_write_line(&text);
        text_add(&text, "*** crash: ");
}

static _Noreturn void finish_report(const struct gate_crash *crash)
{
        write_registers(crash);
        write_machine();
        write_backtrace(crash);
        if (libos_hooks.describe_crash != NULL)
                libos_hooks.describe_crash();
        text_add(&text, "*** end of crash report, exit status ");
        text_add_decimal(&text, EXIT_STATUS);
        text_write_line(&text);
        platform_exit(EXIT_STATUS);
}

/* kept: rbx, rbp, r12, r13, r14, r15, as they were. */
static const struct gate_crash *complete(const uint64_t kept[6])
{
        static struct gate_crash crash;
        crash = *gate_crash();
        crash.rbx = kept[0];
        crash.rbp = kept[1];
        crash.r12 = kept[2];
        crash.r13 = kept[3];
        crash.r14 = kept[4];
        crash.r15 = kept[5];
        return &crash;
}

_Noreturn void crash_after_trap(const uint64_t kept[6])
{
        const struct gate_crash *crash = complete(kept);
        const struct gate_boot_info *boot = gate_boot_info();
        const bool is_page_fault = crash->vector == TRAP_PAGE_FAULT;
        start_report();
        text_add(&text, crash_trap_name(crash->vector));
        if (is_page_fault && crash_is_stack_overflow(boot, crash->address, crash->rsp)) {
                text_add(&text, ": stack overflow");
        } else if (is_page_fault) {
                text_add(&text, ": ");
                text_add(&text, crash_access(crash->error));
                text_add(&text, " ");
                text_add(&text, crash_place(boot, crash->address, crash->rsp));
        }
        text_add(&text, " at ");
        add_code_address(crash->rip);
        text_write_line(&text);
        if (is_page_fault)
                write_access(crash);
        if (crash_trap_has_error_code(crash->vector))
                write_error(crash);
        finish_report(crash);
}

_Noreturn void crash_on_request(const char *reason, const struct gate_crash *registers)
{
        start_report();
        text_add(&text, reason);
        text_add(&text, " at ");
        add_code_address(registers->rip);
        text_write_line(&text);
        finish_report(registers);
}
