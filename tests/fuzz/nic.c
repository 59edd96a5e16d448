/*
 * The drivers of e1000 and vmxnet3 against a card that writes what the fuzzer says: registers, descriptors,
 * completions, the shared page, interrupts that nobody asked for. It keeps to the memory that it was given, as a card
 * whose memory accesses are checked would, and often does what a card does, so that the rings go round. Checked beside
 * the sanitizers: packets lie in their buffers, every accepted frame is done once, and a card that broke stays
 * disabled.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <acpi/acpi.h>
#include <fake/driver_host.h>
#include <fake/netdev.h>
#include <fake/pci_space.h>
#include <nic/vmxnet3.h>
#include <x86_64/interrupt/irq.h>

#include "input.h"
#include "nic_cards/registers.h"
#include "stack.h"

/* Of e1000, section 13.4 of its manual */
#define E1000_CTRL       0x0000u
#define E1000_CTRL_RESET 0x04000000u
#define E1000_RECEIVE    0x2800u /* base, base + 4, bytes at + 8 */
#define E1000_TRANSMIT   0x3800u
#define E1000_DONE       1u
#define E1000_END        2u

#define BAR_DISTANCE 0x1000u /* of vmxnet3's second BAR and its interrupt table */

static const struct pci_function place = {.slot = 3};
static bool is_vmxnet3, is_honest; /* is_honest: registers read as a card's do */
static uint32_t last_command;

/* What the card was told of its rings: entries of 16 bytes, read at the start. */
static struct {
        uint8_t *received, *sent;
        uint32_t received_count, sent_count;
        struct vmxnet3_shared *shared;
} rings;
static uint32_t completed, finished; /* by the card, when it does as cards do */

/* ---- What the drivers ask of the rest of the platform, and this test has not ---- */

const struct pci_function *pci_function_get(unsigned n)
{
        return n == 0 ? &place : NULL;
}

/* ---- Registers ---- */

static uint32_t offset_of(const volatile void *address)
{
        return (uint32_t)((const volatile uint8_t *)address - fake_device_memory);
}

static uint32_t *cell(uint32_t offset)
{
        assert(offset <= sizeof fake_device_memory - 4 && offset % 4 == 0);
        return (uint32_t *)(void *)(fake_device_memory + offset);
}

static uint32_t honest_vmxnet3(uint32_t offset)
{
        switch (offset - BAR_DISTANCE) {
        case VMXNET3_REVISIONS:
        case VMXNET3_UPT_VERSIONS:
                return 1;
        case VMXNET3_COMMAND:
                return last_command == VMXNET3_COMMAND_ACTIVATE ? 0 : 0x0a0b0c01;
        default:
                return *cell(offset);
        }
}

uint32_t fuzz_register_read(const volatile void *address)
{
        const uint32_t offset = offset_of(address);
        if (!is_honest && (byte() & 3) == 0)
                return word(4);
        if (is_vmxnet3)
                return honest_vmxnet3(offset);
        return offset == E1000_CTRL ? *cell(offset) & ~E1000_CTRL_RESET : *cell(offset);
}

void fuzz_register_write(volatile void *address, uint32_t value)
{
        const uint32_t offset = offset_of(address);
        *cell(offset) = value;
        if (is_vmxnet3 && offset == BAR_DISTANCE + VMXNET3_COMMAND)
                last_command = value;
}

/* ---- Rings ---- */

static void *pointer_at(uint32_t low, uint32_t high)
{
        return (void *)((uintptr_t)*cell(low) | (uintptr_t)*cell(high) << 32);
}

static void find_rings(void)
{
        if (is_vmxnet3) {
                rings.shared = pointer_at(BAR_DISTANCE + VMXNET3_SHARED_LOW, BAR_DISTANCE + VMXNET3_SHARED_HIGH);
                const struct vmxnet3_transmit_queue *tx = (void *)(uintptr_t)rings.shared->queues;
                const struct vmxnet3_receive_queue *rx = (const void *)(tx + 1);
                rings.received = (void *)(uintptr_t)rx->completions;
                rings.received_count = rx->completions_size;
                rings.sent = (void *)(uintptr_t)tx->completions;
                rings.sent_count = tx->completions_size;
                return;
        }
        rings.shared = NULL;
        rings.received = pointer_at(E1000_RECEIVE, E1000_RECEIVE + 4);
        rings.received_count = *cell(E1000_RECEIVE + 8) / 16;
        rings.sent = pointer_at(E1000_TRANSMIT, E1000_TRANSMIT + 4);
        rings.sent_count = *cell(E1000_TRANSMIT + 8) / 16;
}

static void put_word(uint8_t *entry, unsigned n, uint32_t value)
{
        memcpy(entry + n * 4, &value, 4);
}

static uint32_t generation_of(uint32_t position, uint32_t count)
{
        return (position / count % 2 == 0 ? 1u : 0u) << 31;
}

/* The next frame arrives, as long and with such flags as the fuzzer says. */
static void complete(void)
{
        uint8_t *entry = rings.received + completed % rings.received_count * 16;
        const uint32_t bytes = word(2), flags = byte();
        if (is_vmxnet3) {
                const uint32_t index = flags == 1 ? word(2) & VMXNET3_INDEX : completed % rings.received_count;
                put_word(entry, 0, index | VMXNET3_RECEIVED_START | VMXNET3_RECEIVED_END);
                put_word(entry, 2, bytes & 2047);
                put_word(entry, 3, generation_of(completed, rings.received_count) | flags << 16);
        } else {
                put_word(entry, 2, bytes & 2047);
                put_word(entry, 3, E1000_DONE | E1000_END | (flags & 0x64) | (flags & 0x80) << 1);
        }
        completed++;
}

/* vmxnet3 names a frame's last descriptor: frames of one piece are what it gets right. e1000 says so in the frame's. */
static void finish(void)
{
        uint8_t *entry = rings.sent + finished % rings.sent_count * 16;
        if (is_vmxnet3) {
                put_word(entry, 0, finished % rings.sent_count);
                put_word(entry, 3, generation_of(finished, rings.sent_count));
        } else {
                put_word(entry, 3, 1);
        }
        finished++;
}

/* Any words into any entry. e1000's addresses are the driver's, which reads them no more. */
static void lie(void)
{
        const bool receive_side = (byte() & 1) != 0;
        uint8_t *ring = receive_side ? rings.received : rings.sent;
        const uint32_t count = receive_side ? rings.received_count : rings.sent_count;
        const uint32_t from = (byte() & 1) != 0 ? (receive_side ? completed : finished) : word(2);
        uint8_t *entry = ring + from % count * 16;
        const unsigned which = byte();
        for (unsigned i = 0; i < 4; i++)
                if ((which >> i & 1) != 0)
                        put_word(entry, i, word(4));
}

static void send_frame(void)
{
        static uint8_t bytes[2048];
        struct netdev_segment segments[NETDEV_SEGMENTS_MAX + 1];
        const struct netdev_offload offload = {.checksum = byte() & 1,
                                               .checksum_start = (uint16_t)word(1),
                                               .checksum_offset = byte() & 31,
                                               .segment_bytes = (uint16_t)(byte() == 7 ? 1448 : 0),
                                               .header_bytes = 54};
        const unsigned count = byte() % (NETDEV_SEGMENTS_MAX + 2);
        for (unsigned i = 0; i < count; i++)
                segments[i] = (struct netdev_segment){bytes, word(1) * 8};
        transmit(segments, count, (byte() & 1) != 0 ? &offload : NULL);
}

static void interrupt(void)
{
        if (rings.shared != NULL && (byte() & 3) == 0)
                rings.shared->events = word(1);
        if (fake_vectors != 0) {
                const unsigned n = byte() % fake_vectors;
                fake_handlers[n](fake_handler_ctx[n]);
        }
}

static void act(void)
{
        switch (byte() % 12) {
        case 0:
        case 1:
        case 2:
                complete();
                break;
        case 3:
                finish();
                break;
        case 4:
                lie();
                break;
        case 5:
        case 6:
                poll(byte() & 31);
                break;
        case 7:
                if (!fake_netdev->disabled)
                        send_frame();
                break;
        case 8:
                if (!fake_netdev->disabled)
                        fake_netdev->operations->flush(fake_netdev);
                break;
        case 9:
                fake_netdev->operations->arm(fake_netdev);
                break;
        case 10:
                interrupt();
                break;
        default:
                release_one();
        }
}

/* ---- A run ---- */

static int start(void)
{
        struct fake_pci_function *f = fake_pci_add(0, 3, 0, 0x8086, 0x100e);
        fake_pci_put(f, 0x04, 0x00100000);
        fake_pci_put(f, 0x34, 0x40);
        if (is_vmxnet3) {
                fake_pci_bar(f, 0, 0xfe000000, BAR_DISTANCE);
                fake_pci_bar(f, 1, 0xfe001000, BAR_DISTANCE);
                fake_pci_bar(f, 2, 0xfe006000, BAR_DISTANCE);
                fake_pci_put(f, 0x40, 0x00010011 | (uint32_t)(byte() & 1) << 17); /* MSI-X: 2 or 4 vectors */
                fake_pci_put(f, 0x44, 2);
                return vmxnet3_start(&place);
        }
        fake_pci_bar(f, 0, 0xfe000000, 0x20000);
        fake_pci_put(f, 0x40, 0x00800005); /* MSI of 64 bits */
        return e1000_start(&place);
}

/* Nothing that it says from now on makes sense: with frames to come or to be done, it breaks. */
static void break_it(void)
{
        const uint32_t bad = is_vmxnet3 ? 0 : E1000_DONE;
        for (unsigned round = 0; round < 2 && !fake_netdev->disabled; round++) {
                for (uint32_t i = 0; i < rings.received_count; i++) {
                        put_word(rings.received + i * 16, 0, 0);
                        put_word(rings.received + i * 16, 3, is_vmxnet3 ? round << 31 : bad);
                }
                poll(64);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        input = data;
        left = bytes;
        stack_reset();
        fake_host_reset();
        fake_pci_reset();
        completed = finished = 0;
        is_vmxnet3 = (byte() & 1) != 0;
        is_honest = (byte() & 3) != 0;
        fake_memory_bytes = (uint64_t)(byte() % 128) << 20;
        const uint8_t pages = byte();
        fake_pages_left = pages >= 0xf0 ? pages & 15 : -1;
        for (unsigned i = 0; i < 6; i++)
                fake_device_memory[0x5400 + i] = byte(); /* e1000's MAC address */
        if (start() != 0)
                return 0;
        find_rings();
        while (left != 0)
                act();
        release_all_held();
        poll(0);
        const struct nic *nic = nic_of(fake_netdev);
        if (!fake_netdev->disabled && nic->receive.posted != nic->receive.taken) {
                break_it();
                assert(fake_netdev->disabled);
        }
        release_all_held();
        if (fake_netdev->disabled) {
                poll(64);
                assert(!fake_netdev->operations->arm(fake_netdev));
                each_frame_is_done_once();
        }
        return 0;
}
