/*
 * QEMU's firmware configuration device (docs/specs/fw_cfg.rst of QEMU): named pieces of data from whoever starts the
 * guest. Those under "opt/coracle/" are what platform_given hands out.
 *
 * The device is two ports: a selector, and the selected piece's bytes one after another. Its DMA is not used: it would
 * let ring 3 have the device write anywhere. Other hypervisors have nothing at these ports, which reads as no
 * signature.
 */
#include <fw_cfg/fw_cfg.h>

#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <platform.h>
#include <x86_64/memory/device.h>
#include <x86_64/gate_call.h>

#define PORT_SELECTOR 0x510u
#define PORT_DATA     0x511u

#define KEY_SIGNATURE 0x00u
#define KEY_DIRECTORY 0x19u
#define SIGNATURE     0x554d4551u /* "QEMU" */

#define ENTRY_BYTES    64u /* size, selector, reserved, name: big-endian */
#define ENTRY_NAME     8u
#define ENTRY_NAME_MAX 56u
#define DIRECTORY_MAX  1024u /* entries; QEMU has 20 of its own, and takes 100 of a user's */
#define RUN            8u    /* bytes of one gate call */
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

static void read_run(uint8_t *to, size_t bytes)
{
        for (; bytes >= RUN; bytes -= RUN, to += RUN) {
                const int64_t run = gate_call(GATE_PORT_IN, PORT_DATA, RUN, 0, 0);
                memcpy(to, &run, RUN);
        }
        for (; bytes != 0; bytes--)
                *to++ = (uint8_t)port_in(PORT_DATA, 1);
}

static uint32_t big_endian(const uint8_t *bytes, unsigned count)
{
        uint32_t value = 0;
        for (unsigned i = 0; i < count; i++)
                value = value << 8 | bytes[i];
        return value;
}

static void take(const uint8_t entry[ENTRY_BYTES])
{
        const char *name = (const char *)entry + ENTRY_NAME;
        if (memcmp(name, prefix, PREFIX_BYTES) != 0)
                return;
        if (piece_count == PIECES_MAX) {
                log_warning("fw_cfg", "more than %u entries under %s; the rest is ignored", PIECES_MAX, prefix);
                return;
        }
        struct piece *piece = &pieces[piece_count++];
        piece->bytes = big_endian(entry, 4);
        piece->key = (uint16_t)big_endian(entry + 4, 2);
        memcpy(piece->name, name + PREFIX_BYTES, sizeof(piece->name) - 1); /* ends with a zero of its own or this one */
}

static void read_directory(void)
{
        uint8_t entry[ENTRY_BYTES];
        port_out(PORT_SELECTOR, 2, KEY_DIRECTORY);
        read_run(entry, 4);
        uint32_t count = big_endian(entry, 4);
        if (count > DIRECTORY_MAX) {
                log_warning("fw_cfg", "a directory of %u entries; the first %u are read", count, DIRECTORY_MAX);
                count = DIRECTORY_MAX;
        }
        while (count-- != 0 && piece_count <= PIECES_MAX) {
                read_run(entry, sizeof(entry));
                take(entry);
        }
}

static void look(void)
{
        uint8_t signature[4];
        looked = true;
        port_out(PORT_SELECTOR, 2, KEY_SIGNATURE);
        read_run(signature, sizeof(signature));
        uint32_t found;
        memcpy(&found, signature, sizeof(found));
        if (found == SIGNATURE)
                read_directory();
}

int64_t platform_given(unsigned index, char name[PLATFORM_GIVEN_NAME], void *buffer, size_t bytes)
{
        if (!looked)
                look();
        if (index >= piece_count)
                return -ENOENT;
        const struct piece *piece = &pieces[index];
        memcpy(name, piece->name, sizeof(piece->name));
        if (bytes != 0) {
                port_out(PORT_SELECTOR, 2, piece->key);
                read_run(buffer, bytes < piece->bytes ? bytes : piece->bytes);
        }
        return piece->bytes;
}

void fw_cfg_forget(void)
{
        memset(pieces, 0, sizeof(pieces));
        piece_count = 0;
        looked = false;
}
