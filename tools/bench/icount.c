/*
 * A QEMU TCG plugin that counts guest instructions and writes the total to a file when QEMU ends.
 *
 *     qemu-system-x86_64 ... -plugin ./icount.so,out=FILE
 *
 * The declarations are those of the plugin interface, version 1 (QEMU's docs/devel/tcg-plugins); Debian ships its
 * header only inside the source package. A block of instructions that is left in its middle by an exception counts
 * whole.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb;
typedef void (*translation_callback)(uint64_t id, struct qemu_plugin_tb *block);
typedef void (*plain_callback)(uint64_t id, void *data);
enum inline_operation { INLINE_ADD_U64 };

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, translation_callback fn);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, enum inline_operation operation,
                                              void *address, uint64_t value);
void qemu_plugin_register_atexit_cb(uint64_t id, plain_callback fn, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(uint64_t id, const void *info, int count, char **arguments);

static uint64_t instructions;
static char path[4096];

static void on_translation(uint64_t id, struct qemu_plugin_tb *block)
{
        (void)id;
        qemu_plugin_register_vcpu_tb_exec_inline(block, INLINE_ADD_U64, &instructions, qemu_plugin_tb_n_insns(block));
}

static void on_exit(uint64_t id, void *data)
{
        FILE *file = fopen(path, "w");

        (void)id;
        (void)data;
        if (file == NULL) {
                perror(path);
                return;
        }
        fprintf(file, "%" PRIu64 "\n", instructions);
        fclose(file);
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int count, char **arguments)
{
        (void)info;
        for (int i = 0; i < count; i++) {
                if (strncmp(arguments[i], "out=", 4) == 0)
                        snprintf(path, sizeof path, "%s", arguments[i] + 4);
        }
        if (path[0] == '\0') {
                fprintf(stderr, "icount: say where to write the count: out=FILE\n");
                return -1;
        }
        qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
        qemu_plugin_register_atexit_cb(id, on_exit, NULL);
        return 0;
}
