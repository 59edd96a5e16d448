/* The fake machine: see platform.h here. Linux, with the sanitizers told about stacks and mappings. */
#include "platform.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

#include <coracle/init.h>
#include <coracle/log.h>
#include <libos/core/crash.h>
#include <libos/posix/wait/hears_requests.h>

#define FRESH_STACK  (24 * 1024ul) /* of a new context, as far as the sanitizers are told */
#define CLOCK_STEP   50ull         /* each reading of the clock takes so long */
#define EVENTS_MAX   16
#define NOT_ZERO_MAX (64ul << 20) /* ranges up to this size are filled with rubbish */

/* The TLS segment that linker/image.ld would describe: 64 bytes of data, 64 of zero. */
__asm__(".data\n.balign 64\n.globl image_tls_start, image_tls_data_end, image_tls_end\n"
        "image_tls_start: .fill 64, 1, 0x5a\nimage_tls_data_end: .fill 64, 1, 0x77\nimage_tls_end: .byte 0\n"
        ".bss\n.balign 64\n.globl image_main_tls, image_main_tls_end\n"
        "image_main_tls: .fill 192, 1, 0\nimage_main_tls_end: .byte 0\n.text\n");
extern const uint64_t image_tls_alignment;
const uint64_t image_tls_alignment = 64;

char fake_output[65536];
unsigned long fake_timer_arms, fake_switches, fake_idles, fake_maps;

static struct fake_machine machine;
static struct platform_boot boot;
static struct platform_range ranges[8];
static int ram;                 /* the file that is RAM */
static uint64_t fake_ram_pages; /* up to the end of RAM */
static uint32_t *mapped_pages;  /* of the mapping area: frame number, 0 when nothing is mapped */
static uint8_t *mapped_frames;  /* of RAM, a byte each */
static uint64_t clock_now = 1000;
static uint64_t deadline = PLATFORM_FOREVER, idle_deadline = PLATFORM_FOREVER;
static bool enabled;
static uint32_t random_state;

static struct {
        uint64_t time;
        void (*fn)(void *ctx);
        void *ctx;
} events[EVENTS_MAX];

uint32_t fake_random(void)
{
        random_state ^= random_state << 13;
        random_state ^= random_state >> 17;
        random_state ^= random_state << 5;
        return random_state;
}

static bool chance(unsigned one_in)
{
        return one_in != 0 && fake_random() % one_in == 0;
}

_Noreturn void fake_fail(const char *what, const char *file, int line)
{
        fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
        _exit(FAKE_FAILED);
}

/* ---- Output ---- */

static void append(const char *text, size_t bytes)
{
        size_t used = strlen(fake_output);

        if (bytes > sizeof fake_output - 1 - used)
                bytes = sizeof fake_output - 1 - used;
        memcpy(fake_output + used, text, bytes);
}

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        char line[256];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(line, sizeof line, format, arguments);
        va_end(arguments);
        append("[", 1);
        append(room, strlen(room));
        append("] ", 2);
        append(line, strlen(line));
        append("\n", 1);
        (void)level;
}

void platform_console_write(const void *data, size_t bytes)
{
        append(data, bytes);
}

const char power_is_heard = 1;

void crash_describe(void)
{
}

_Noreturn void platform_exit(int status)
{
        _exit(status);
}

_Noreturn void platform_crash(const char *reason)
{
        fprintf(stderr, "# crash: %s\n# %s", reason, fake_output);
        _exit(FAKE_CRASHED);
}

/* ---- Interrupts, time ---- */

static uint64_t next_event(void)
{
        uint64_t next = PLATFORM_FOREVER;

        for (int i = 0; i < EVENTS_MAX; i++)
                if (events[i].fn != NULL && events[i].time < next)
                        next = events[i].time;
        return next;
}

static bool something_is_due(void)
{
        return deadline <= clock_now || idle_deadline <= clock_now || next_event() <= clock_now;
}

static void deliver(void)
{
        enabled = false;
        if (deadline <= clock_now || idle_deadline <= clock_now) {
                deadline = deadline <= clock_now ? PLATFORM_FOREVER : deadline;
                idle_deadline = idle_deadline <= clock_now ? PLATFORM_FOREVER : idle_deadline;
                libos_hooks.timer();
        }
        for (int i = 0; i < EVENTS_MAX; i++) {
                if (events[i].fn != NULL && events[i].time <= clock_now) {
                        void (*fn)(void *) = events[i].fn;

                        events[i].fn = NULL;
                        fn(events[i].ctx);
                }
        }
        libos_hooks.interrupt_exit();
        enabled = true;
}

bool platform_interrupts_disable(void)
{
        bool before = enabled;

        enabled = false;
        return before;
}

void platform_interrupts_restore(bool state)
{
        enabled = state;
        if (!state)
                return;
        do
                if (something_is_due() || chance(machine.interrupt_one_in))
                        deliver();
        while (something_is_due());
}

int platform_idle(uint64_t until)
{
        uint64_t event = next_event() < deadline ? next_event() : deadline;

        if (enabled)
                fake_fail("idle with interrupts disabled", __FILE__, __LINE__);
        fake_idles++;
        idle_deadline = until;
        if (chance(machine.idle_early_one_in))
                return 0;
        if (until == PLATFORM_FOREVER && event == PLATFORM_FOREVER)
                _exit(FAKE_DEADLOCK);
        if (event <= until) {
                clock_now = event > clock_now ? event : clock_now;
                return 0;
        }
        clock_now = until > clock_now ? until : clock_now;
        idle_deadline = PLATFORM_FOREVER;
        return -ETIME;
}

void platform_timer_arm(uint64_t at)
{
        fake_timer_arms++;
        deadline = at;
        idle_deadline = PLATFORM_FOREVER;
}

void *platform_cpu_local(void)
{
        return libos_hooks.boot_cpu;
}

uint64_t platform_clock_monotonic(void)
{
        return clock_now += CLOCK_STEP;
}

void fake_pass(uint64_t nanoseconds)
{
        clock_now += nanoseconds;
}

void fake_compute(uint64_t nanoseconds)
{
        for (uint64_t done = 0; done < nanoseconds; done += 1000) {
                bool before = platform_interrupts_disable();

                clock_now += nanoseconds - done < 1000 ? nanoseconds - done : 1000;
                platform_interrupts_restore(before);
        }
}

void fake_interrupt_at(uint64_t time, void (*fn)(void *ctx), void *ctx)
{
        for (int i = 0; i < EVENTS_MAX; i++) {
                if (events[i].fn == NULL) {
                        events[i].time = time;
                        events[i].fn = fn;
                        events[i].ctx = ctx;
                        return;
                }
        }
        fake_fail("room for the event", __FILE__, __LINE__);
}

/* ---- Contexts ---- */

struct context {
        ucontext_t host;
        void *fake_stack; /* the address sanitizer's */
        char *bottom;
        size_t bytes;
        void (*entry)(void *);
        void *argument;
};

static struct context *switched_to;

static void enter(void)
{
        __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
        switched_to->entry(switched_to->argument);
        fake_fail("the entry of a context does not return", __FILE__, __LINE__);
}

void platform_context_init(struct platform_context *context, void *stack_top, uintptr_t thread_pointer,
                           void (*entry)(void *), void *argument)
{
        struct context *new = calloc(1, sizeof *new);

        if ((uintptr_t)stack_top % 16 != 0)
                fake_fail("stack top is aligned", __FILE__, __LINE__);
        new->bottom = (char *)stack_top - FRESH_STACK;
        new->bytes = FRESH_STACK;
        new->entry = entry;
        new->argument = argument;
        __asan_unpoison_memory_region(new->bottom, new->bytes);
        getcontext(&new->host);
        new->host.uc_stack.ss_sp = new->bottom;
        new->host.uc_stack.ss_size = new->bytes;
        makecontext(&new->host, enter, 0);
        context->stack_pointer = new;
        context->thread_pointer = thread_pointer;
}

void platform_context_switch(struct platform_context *from, const struct platform_context *to)
{
        struct context *next = to->stack_pointer;

        if (enabled)
                fake_fail("switch with interrupts disabled", __FILE__, __LINE__);
        fake_switches++;
        if (from->stack_pointer == NULL)
                from->stack_pointer = calloc(1, sizeof(struct context));

        struct context *self = from->stack_pointer;

        switched_to = next;
        __sanitizer_start_switch_fiber(&self->fake_stack, next->bottom, next->bytes);
        swapcontext(&self->host, &next->host);
        __sanitizer_finish_switch_fiber(self->fake_stack, NULL, NULL);
}

/* ---- Memory ---- */

const struct platform_boot *platform_boot_info(void)
{
        return &boot;
}

static bool is_ram(uint64_t physical, size_t bytes)
{
        for (unsigned i = 0; i < boot.memory_count; i++)
                if (physical >= ranges[i].physical && physical + bytes <= ranges[i].physical + ranges[i].bytes)
                        return true;
        return false;
}

static bool area_index(void *address, size_t bytes, size_t *first)
{
        uintptr_t offset = (uintptr_t)address - (uintptr_t)boot.map_area;

        *first = offset / PLATFORM_PAGE_SIZE;
        return offset % PLATFORM_PAGE_SIZE == 0 && bytes % PLATFORM_PAGE_SIZE == 0 && offset <= boot.map_area_bytes &&
               bytes <= boot.map_area_bytes - offset;
}

int platform_map(void *address, uint64_t physical, size_t bytes, bool writable)
{
        size_t first;

        fake_maps++;
        if (!area_index(address, bytes, &first) || physical % PLATFORM_PAGE_SIZE != 0)
                return -EINVAL;
        if (!is_ram(physical, bytes))
                return -EPERM;
        if (chance(machine.fail_map_one_in))
                return -ENOMEM;
        for (size_t i = 0; i < bytes / PLATFORM_PAGE_SIZE; i++) {
                if (mapped_pages[first + i])
                        return -EEXIST;
                if (mapped_frames[physical / PLATFORM_PAGE_SIZE + i])
                        fake_fail("memory is mapped once", __FILE__, __LINE__);
        }
        if (mmap(address, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED | MAP_FIXED | MAP_NORESERVE,
                 ram, (off_t)physical) == MAP_FAILED)
                fake_fail("mmap works", __FILE__, __LINE__);
        __asan_unpoison_memory_region(address, bytes);
        for (size_t i = 0; i < bytes / PLATFORM_PAGE_SIZE; i++) {
                mapped_pages[first + i] = (uint32_t)(physical / PLATFORM_PAGE_SIZE + i);
                mapped_frames[physical / PLATFORM_PAGE_SIZE + i] = 1;
        }
        return 0;
}

int platform_unmap(void *address, size_t bytes)
{
        size_t first;

        if (!area_index(address, bytes, &first))
                return -EINVAL;
        for (size_t i = 0; i < bytes / PLATFORM_PAGE_SIZE; i++) {
                if (!mapped_pages[first + i])
                        fake_fail("what is unmapped was mapped", __FILE__, __LINE__);
                mapped_frames[mapped_pages[first + i]] = 0;
                mapped_pages[first + i] = 0;
        }
        (void)mmap(address, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
        return 0;
}

int platform_protect(void *address, size_t bytes, bool writable)
{
        size_t first;

        if (!area_index(address, bytes, &first))
                return -EINVAL;
        return mprotect(address, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ) == 0 ? 0 : -ENOMEM;
}

/* A test may have addresses of its own. */
__attribute__((weak)) uint64_t platform_dma_address(const void *pointer)
{
        uintptr_t offset = (uintptr_t)pointer - (uintptr_t)boot.direct_map;

        return offset / PLATFORM_PAGE_SIZE < fake_ram_pages ? offset : PLATFORM_NO_DMA;
}

static void *reserve(size_t bytes)
{
        void *space = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (space == MAP_FAILED)
                fake_fail("address space", __FILE__, __LINE__);
        return space;
}

static void set_up(const struct fake_machine *description)
{
        machine = *description;
        random_state = machine.seed * 2654435761u + 88172645u;
        if (machine.memory[0].bytes == 0)
                machine.memory[0] = (struct platform_range){1ul << 20, 16ul << 20};
        if (machine.map_area_bytes == 0)
                machine.map_area_bytes = 4ul << 30;
        while (boot.memory_count < 8 && machine.memory[boot.memory_count].bytes != 0)
                boot.memory_count++;
        memcpy(ranges, machine.memory, sizeof ranges);

        uint64_t end = ranges[boot.memory_count - 1].physical + ranges[boot.memory_count - 1].bytes;

        fake_ram_pages = end / PLATFORM_PAGE_SIZE;
        ram = memfd_create("ram", 0);
        if (ftruncate(ram, (off_t)end) != 0)
                fake_fail("RAM", __FILE__, __LINE__);
        boot.memory = ranges;
        boot.direct_map = reserve(end);
        boot.map_area_bytes = machine.map_area_bytes;
        boot.map_area = reserve(machine.map_area_bytes + (2ul << 20));
        boot.map_area = (char *)(((uintptr_t)boot.map_area + (2ul << 20) - 1) & ~((2ul << 20) - 1));
        boot.hypervisor = "fake";
        boot.command_line = "";
        mapped_pages = calloc(boot.map_area_bytes / PLATFORM_PAGE_SIZE, sizeof *mapped_pages);
        mapped_frames = calloc(1, end / PLATFORM_PAGE_SIZE);
        for (unsigned i = 0; i < boot.memory_count; i++) {
                char *at = boot.direct_map + ranges[i].physical;

                if (mmap(at, ranges[i].bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, ram,
                         (off_t)ranges[i].physical) == MAP_FAILED)
                        fake_fail("RAM is mapped", __FILE__, __LINE__);
                if (ranges[i].bytes <= NOT_ZERO_MAX)
                        memset(at, 0xee, ranges[i].bytes);
        }
}

/* ---- Scenarios ---- */

static void (*the_scenario)(void *);

static void run_scenario(void *argument)
{
        the_scenario(argument);
        platform_exit(0);
}

static int run(const struct fake_machine *description, void (*scenario)(void *), void *argument, bool threads)
{
        static const struct fake_machine plain;

        fflush(NULL);

        pid_t child = fork();
        int status;

        if (child == 0) {
                signal(SIGSEGV, SIG_DFL); /* cmocka's handler would go on with the next test */
                signal(SIGBUS, SIG_DFL);
                set_up(description == NULL ? &plain : description);
                the_scenario = scenario;
                memory_start();
                if (threads) {
                        thread_local_start(0x1122334455667700);
                        sched_start(run_scenario, argument);
                }
                run_scenario(argument);
        }
        if (child < 0 || waitpid(child, &status, 0) != child)
                return -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int fake_run(const struct fake_machine *description, void (*scenario)(void *), void *argument)
{
        return run(description, scenario, argument, true);
}

uint64_t fake_ram_touched(void)
{
        struct stat status;

        fstat(ram, &status);
        return (uint64_t)status.st_blocks * 512;
}

int fake_run_unthreaded(const struct fake_machine *description, void (*scenario)(void *), void *argument)
{
        return run(description, scenario, argument, false);
}
