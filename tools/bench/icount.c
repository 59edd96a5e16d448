/*
 * A QEMU TCG plugin that counts guest instructions and writes the total to a file when QEMU ends. With marks it also
 * writes when each was first reached: a line "NAME INSTRUCTIONS NANOSECONDS", the time by the host's monotonic clock.
 *
 *     qemu-system-x86_64 ... -plugin ./icount.so,out=FILE[,mark=NAME:ADDRESS]...
 *
 * A mark is where the program was linked to; it may run a multiple of 2 MiB away. Marks count from when the first of
 * them is reached at its very address: until then firmware runs, at addresses like theirs.
 *
 * The declarations are those of the plugin interface, version 1 (QEMU's docs/devel/tcg-plugins); Debian ships its
 * header only inside the source package. A block of instructions that is left in its middle by an exception counts
 * whole.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

#define MARKS_MAX 32
#define MOVED_BY  0x200000ull

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*instruction_callback)(unsigned cpu, void *data);
typedef void (*translation_callback)(uint64_t id, struct qemu_plugin_tb *block);
typedef void (*plain_callback)(uint64_t id, void *data);
enum inline_operation { INLINE_ADD_U64 };
enum registers { NO_REGISTERS };

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, translation_callback fn);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, enum inline_operation operation,
                                              void *address, uint64_t value);
void qemu_plugin_register_atexit_cb(uint64_t id, plain_callback fn, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction, instruction_callback fn,
                                            enum registers registers, void *data);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(uint64_t id, const void *info, int count, char **arguments);

static uint64_t instructions;
static char path[4096];

static struct mark {
        char name[64];
        uint64_t address, instructions;
        struct timespec time;
        bool reached;
} marks[MARKS_MAX];
static size_t mark_count;

/* Where a mark is in a block: the block's instructions were counted when it was entered, this many too early. */
struct place {
        struct mark *mark;
        uint64_t after;
};

static void on_mark(unsigned cpu, void *data)
{
        struct place *place = data;
        struct mark *mark = place->mark;

        (void)cpu;
        if (mark->reached || (mark != marks && !marks[0].reached))
                return;
        mark->reached = true;
        mark->instructions = instructions - place->after;
        clock_gettime(CLOCK_MONOTONIC, &mark->time);
}

static bool is_at(const struct mark *mark, uint64_t address)
{
        return mark == marks ? address == mark->address : (address - mark->address) % MOVED_BY == 0;
}

static void look_for_marks(struct qemu_plugin_tb *block, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
                for (size_t m = 0; m < mark_count; m++) {
                        struct place *place;
                        if (marks[m].reached || !is_at(&marks[m], qemu_plugin_insn_vaddr(instruction)))
                                continue;
                        place = malloc(sizeof *place); /* for as long as the block lives, which is not told */
                        if (place == NULL)
                                abort();
                        *place = (struct place){&marks[m], count - i};
                        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, NO_REGISTERS, place);
                }
        }
}

static void on_translation(uint64_t id, struct qemu_plugin_tb *block)
{
        size_t count = qemu_plugin_tb_n_insns(block);

        (void)id;
        qemu_plugin_register_vcpu_tb_exec_inline(block, INLINE_ADD_U64, &instructions, count);
        look_for_marks(block, count);
}

static void on_end(uint64_t id, void *data)
{
        FILE *file = fopen(path, "w");

        (void)id;
        (void)data;
        if (file == NULL) {
                perror(path);
                return;
        }
        fprintf(file, "%" PRIu64 "\n", instructions);
        for (const struct mark *mark = marks; mark < marks + mark_count; mark++) {
                if (mark->reached)
                        fprintf(file, "%s %" PRIu64 " %" PRIu64 "\n", mark->name, mark->instructions,
                                (uint64_t)mark->time.tv_sec * 1000000000u + (uint64_t)mark->time.tv_nsec);
        }
        fclose(file);
}

static bool add_mark(const char *text)
{
        struct mark *mark = &marks[mark_count];

        if (mark_count == MARKS_MAX || sscanf(text, "%63[^:]:%" SCNx64, mark->name, &mark->address) != 2)
                return false;
        mark_count++;
        return true;
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int count, char **arguments)
{
        (void)info;
        for (int i = 0; i < count; i++) {
                if (strncmp(arguments[i], "out=", 4) == 0)
                        snprintf(path, sizeof path, "%s", arguments[i] + 4);
                if (strncmp(arguments[i], "mark=", 5) == 0 && !add_mark(arguments[i] + 5)) {
                        fprintf(stderr, "icount: %s: at most %d marks, as mark=NAME:HEXADDRESS\n", arguments[i],
                                MARKS_MAX);
                        return -1;
                }
        }
        if (path[0] == '\0') {
                fprintf(stderr, "icount: say where to write the count: out=FILE\n");
                return -1;
        }
        qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
        qemu_plugin_register_atexit_cb(id, on_end, NULL);
        return 0;
}
