/*
 * QEMU's firmware configuration device (docs/specs/fw_cfg.rst of QEMU): named pieces of data from whoever starts the
 * guest. Those under "opt/coracle/" are what platform_given hands out.
 *
 * The nucleus has the device write into a page that it shares with ring 3, 1 KiB a call (GATE_CONFIG_READ): a port
 * access for each byte would be an exit each, and a DMA of ring 3's own could write anywhere. Other hypervisors have
 * nothing there, which is -ENODEV.
 */
#include <fw_cfg/fw_cfg.h>

#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <platform.h>
#include <x86_64/gate_call.h>

#define KEY_SIGNATURE 0x00u
#define KEY_DIRECTORY 0x19u

#define ENTRY_BYTES    64u /* size, selector, reserved, name: big-endian */
#define ENTRY_NAME     8u
#define ENTRY_NAME_MAX 56u
#define DIRECTORY_MAX  1024u /* entries; QEMU has 20 of its own, and takes 100 of a user's */
#define PIECES_MAX     64u

static const char prefix[] = "opt/coracle/";
#define PREFIX_BYTES (sizeof(prefix) - 1)

_Static_assert(PLATFORM_GIVEN_NAME >= ENTRY_NAME_MAX - sizeof("opt/coracle/") + 2, "names fit");

static struct piece {
        uint32_t bytes;
        uint16_t key;
        char name[ENTRY_NAME_MAX - PREFIX_BYTES + 1];
} pieces[PIECES_MAX];
static unsigned piece_count;
static bool looked;

/* Where reading has come to in the selected piece. */
struct cursor {
        uint32_t what; /* of the next call: GATE_CONFIG(key), then GATE_CONFIG_NEXT */
        unsigned used; /* of the bytes in the shared page */
};

/* Reads the next bytes. Returns 0, or -ENODEV. */
static int read_next(struct cursor *cursor, void *buffer, size_t bytes)
{
        char *to = buffer;
        while (bytes != 0) {
                if (cursor->what != GATE_CONFIG_NEXT || cursor->used == GATE_CONFIG_BYTES) {
                        if (gate_call(GATE_CONFIG_READ, cursor->what, 0, 0, 0) != 0)
                                return -ENODEV;
                        *cursor = (struct cursor){GATE_CONFIG_NEXT, 0};
                }
                const size_t left = GATE_CONFIG_BYTES - cursor->used, now = bytes < left ? bytes : left;
                memcpy(to, gate_cpu_page()->config + cursor->used, now);
                cursor->used += (unsigned)now;
                to += now;
                bytes -= now;
        }
        return 0;
}

static uint32_t big_endian(const uint8_t *bytes, unsigned count)
{
        uint32_t value = 0;
        for (unsigned i = 0; i < count; i++)
                value = value << 8 | bytes[i];
        return value;
}

/* False: there is no room for more. */
static bool take(const uint8_t entry[ENTRY_BYTES])
{
        const char *name = (const char *)entry + ENTRY_NAME;
        if (memcmp(name, prefix, PREFIX_BYTES) != 0)
                return true;
        if (piece_count == PIECES_MAX) {
                log_warning("fw_cfg", "more than %u entries under %s; the rest is ignored", PIECES_MAX, prefix);
                return false;
        }
        struct piece *piece = &pieces[piece_count++];
        piece->bytes = big_endian(entry, 4);
        piece->key = (uint16_t)big_endian(entry + 4, 2);
        memcpy(piece->name, name + PREFIX_BYTES, sizeof(piece->name) - 1); /* ends with a zero of its own or this one */
        return true;
}

static void read_directory(void)
{
        uint8_t entry[ENTRY_BYTES];
        struct cursor cursor = {GATE_CONFIG(KEY_DIRECTORY), 0};
        if (read_next(&cursor, entry, 4) != 0)
                return;
        uint32_t count = big_endian(entry, 4);
        if (count > DIRECTORY_MAX) {
                log_warning("fw_cfg", "a directory of %u entries; the first %u are read", count, DIRECTORY_MAX);
                count = DIRECTORY_MAX;
        }
        while (count-- != 0) {
                if (read_next(&cursor, entry, sizeof(entry)) != 0 || !take(entry))
                        return;
        }
}

static void look(void)
{
        char signature[4];
        struct cursor cursor = {GATE_CONFIG(KEY_SIGNATURE), 0};
        looked = true;
        if (read_next(&cursor, signature, sizeof(signature)) == 0 && memcmp(signature, "QEMU", sizeof(signature)) == 0)
                read_directory();
}

int64_t fw_cfg_given(unsigned index, char name[PLATFORM_GIVEN_NAME], void *buffer, size_t bytes)
{
        if (!looked)
                look();
        if (index >= piece_count)
                return -ENOENT;
        const struct piece *piece = &pieces[index];
        memcpy(name, piece->name, sizeof(piece->name));
        struct cursor cursor = {GATE_CONFIG(piece->key), 0};
        const int error = read_next(&cursor, buffer, bytes < piece->bytes ? bytes : piece->bytes);
        return error != 0 ? error : (int64_t)piece->bytes;
}

void fw_cfg_forget(void)
{
        memset(pieces, 0, sizeof(pieces));
        piece_count = 0;
        looked = false;
}
