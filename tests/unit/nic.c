/* Network cards on PCI: the rings over a card of the test's own, one that lies too, and the real ones' refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <acpi/acpi.h>
#include <errno.h>
#include <fake/driver_host.h>
#include <fake/netdev.h>
#include <fake/pci_space.h>
#include <nic/nic.h>
#include <x86_64/interrupt/irq.h>

#define RING_MOST 256u

static const struct pci_function place = {.slot = 3};

/* The card: what it was given, and what it will say next. */
static struct {
        uint64_t posted[RING_MOST];
        unsigned kicks, sends, sent_kicks, masks, unmasks;
        unsigned pieces;
        uint32_t sent_bytes;
        bool remembers; /* interrupts that it did not send */
        bool finishes;  /* transmitted frames */
        struct nic_received next;
        bool has_next;
        bool stopped;
} card;

static struct nic *nic;
static struct netdev_buffer *received[RING_MOST];
static unsigned received_count, finished;

static void post(struct nic *n, uint32_t position, uint64_t address)
{
        card.posted[position % n->receive.size] = address;
}

static void post_kick(struct nic *n)
{
        (void)n;
        card.kicks++;
}

static enum nic_answer take(struct nic *n, struct nic_received *next)
{
        (void)n;
        if (!card.has_next)
                return NIC_NOTHING;
        card.has_next = false;
        *next = card.next;
        return NIC_TAKEN;
}

static bool has_received(struct nic *n)
{
        (void)n;
        return card.has_next;
}

static unsigned send(struct nic *n, const struct nic_piece *pieces, unsigned count,
                     const struct netdev_offload *offload)
{
        (void)n;
        (void)offload;
        card.sends++;
        card.pieces = count;
        card.sent_bytes = 0;
        for (unsigned i = 0; i < count; i++)
                card.sent_bytes += pieces[i].bytes;
        return count;
}

static void send_kick(struct nic *n)
{
        (void)n;
        card.sent_kicks++;
}

static enum nic_answer sent(struct nic *n, uint32_t last)
{
        (void)n;
        (void)last;
        return card.finishes ? NIC_TAKEN : NIC_NOTHING;
}

static bool unmask(struct nic *n, bool transmit)
{
        (void)n;
        (void)transmit;
        card.unmasks++;
        return card.remembers;
}

static void mask(struct nic *n)
{
        (void)n;
        card.masks++;
}

static bool interrupt(struct nic *n)
{
        (void)n;
        return true;
}

static void stop(struct nic *n)
{
        (void)n;
        card.stopped = true;
}

static const struct nic_hardware hardware = {
        .driver = "card",
        .capabilities = NETDEV_TX_CHECKSUM,
        .post = post,
        .post_kick = post_kick,
        .receive = take,
        .has_received = has_received,
        .send = send,
        .send_kick = send_kick,
        .sent = sent,
        .unmask = unmask,
        .mask = mask,
        .interrupt = interrupt,
        .stop = stop,
};

const struct pci_function *pci_function_get(unsigned n)
{
        return n == 0 ? &place : NULL;
}

static int set_up(void **state)
{
        (void)state;
        static struct nic one;
        fake_host_reset();
        fake_pci_reset();
        memset(&card, 0, sizeof card);
        memset(&one, 0, sizeof one);
        fake_wakes = received_count = finished = 0;
        nic = &one;
        return nic_init(nic, &hardware, &place) == 0 && nic_publish(nic) == 0 ? 0 : -1;
}

static void receive(void *ctx, struct netdev_buffer *packet)
{
        (void)ctx;
        received[received_count++] = packet;
}

static unsigned poll_card(void)
{
        return fake_netdev->operations->poll(fake_netdev, 64, receive, NULL);
}

static bool arm_card(void)
{
        return fake_netdev->operations->arm(fake_netdev);
}

static void deliver(uint32_t index, uint32_t bytes)
{
        card.next = (struct nic_received){.index = index, .bytes = bytes, .checksum_good = true};
        card.has_next = true;
}

static void done(void *cookie)
{
        (void)cookie;
        finished++;
}

static int send_segments(unsigned count, uint32_t bytes)
{
        static char data[2048];
        struct netdev_segment segments[NETDEV_SEGMENTS_MAX + 1];
        for (unsigned i = 0; i < count; i++)
                segments[i] = (struct netdev_segment){.data = data, .length = bytes};
        return fake_netdev->operations->transmit(fake_netdev, segments, count, NULL, done, NULL);
}

static void the_ring_is_filled_but_for_one_entry(void **state)
{
        (void)state;
        assert_int_equal(nic->receive.posted, nic->receive.size - 1);
        assert_int_equal(card.kicks, 1);
        assert_int_equal(card.posted[nic->receive.size - 1], 0);
}

static void a_packet_is_handed_over_without_a_copy(void **state)
{
        (void)state;
        deliver(0, 60);
        assert_int_equal(poll_card(), 1);
        assert_int_equal((uint64_t)(uintptr_t)received[0]->data, card.posted[0]);
        assert_int_equal(received[0]->total_length, 60);
        assert_true(received[0]->checksum_good);
}

static void entries_that_the_card_passed_over_are_posted_again(void **state)
{
        (void)state;
        deliver(5, 60);
        assert_int_equal(poll_card(), 1);
        assert_int_equal((uint64_t)(uintptr_t)received[0]->data, card.posted[5]);
        assert_int_equal(nic->receive.taken, 6);
        for (unsigned i = 0; i < 6; i++)
                assert_null(nic->receive.buffers[i]);
}

static void the_ring_is_refilled_when_a_quarter_is_missing(void **state)
{
        (void)state;
        for (unsigned i = 0; i < nic->receive.size / 4 - 1; i++) {
                assert_int_equal(card.kicks, 1);
                deliver(i, 60);
                assert_int_equal(poll_card(), 1);
                struct netdev_buffer *packet = received[--received_count];
                packet->release(packet);
        }
        assert_int_equal(card.kicks, 2);
        assert_int_equal(nic->receive.posted - nic->receive.taken, nic->receive.size - 1);
}

static void a_damaged_frame_is_dropped(void **state)
{
        (void)state;
        deliver(0, 60);
        card.next.wrong = true;
        assert_int_equal(poll_card(), 0);
        assert_int_equal(fake_netdev->statistics.rx_errors, 1);
        assert_false(fake_netdev->disabled);
}

static void expect_broken(const char *why)
{
        assert_int_equal(poll_card(), 0);
        assert_true(fake_netdev->disabled);
        assert_true(card.stopped);
        assert_true(fake_log_has(why));
}

static void a_buffer_that_it_does_not_have_disables_it(void **state)
{
        (void)state;
        deliver(nic->receive.size - 1, 60);
        expect_broken("[net] net0: it returned a receive buffer that it does not have; it is disabled");
}

static void a_length_beyond_the_buffer_disables_it(void **state)
{
        (void)state;
        deliver(0, nic->buffer_bytes + 1);
        expect_broken("[net] net0: a received packet is longer than its buffer; it is disabled");
}

static void frames_of_a_card_that_broke_are_done(void **state)
{
        (void)state;
        assert_int_equal(send_segments(1, 60), 0);
        assert_int_equal(send_segments(1, 60), 0);
        deliver(nic->receive.size - 1, 60);
        assert_int_equal(poll_card(), 0);
        assert_int_equal(finished, 2);
        assert_false(arm_card());
}

static void small_frames_are_one_piece_and_large_ones_lie_where_they_are(void **state)
{
        (void)state;
        assert_int_equal(send_segments(5, 100), 0);
        assert_int_equal(card.pieces, 1);
        assert_int_equal(card.sent_bytes, 500);
        assert_int_equal(send_segments(3, 500), 0);
        assert_int_equal(card.pieces, 3);
        assert_int_equal(card.sent_bytes, 1500);
        assert_int_equal(send_segments(NETDEV_SEGMENTS_MAX, 75), 0);
        assert_int_equal(card.pieces, 1);
        assert_int_equal(card.sent_bytes, 1500);
}

static void bad_requests_are_refused(void **state)
{
        (void)state;
        assert_int_equal(send_segments(1, 13), -EINVAL);
        assert_int_equal(send_segments(1, 1515), -EMSGSIZE);
        assert_int_equal(send_segments(NETDEV_SEGMENTS_MAX + 1, 20), -EMSGSIZE);
        const struct netdev_segment segment = {.data = "", .length = 60};
        const struct netdev_offload outside = {.checksum = true, .checksum_start = 50, .checksum_offset = 9};
        assert_int_equal(fake_netdev->operations->transmit(fake_netdev, &segment, 1, &outside, done, NULL), -EINVAL);
        assert_int_equal(card.sends, 0);
        assert_int_equal(fake_netdev->statistics.tx_errors, 4);
}

static void a_checksum_beyond_what_cards_can_say_is_refused(void **state)
{
        (void)state;
        static char data[400];
        const struct netdev_segment segment = {.data = data, .length = sizeof data};
        struct netdev_offload offload = {.checksum = true, .checksum_start = 249, .checksum_offset = 6};
        assert_int_equal(fake_netdev->operations->transmit(fake_netdev, &segment, 1, &offload, done, NULL), 0);
        offload.checksum_start++;
        assert_int_equal(fake_netdev->operations->transmit(fake_netdev, &segment, 1, &offload, done, NULL), -EINVAL);
}

static void the_card_is_told_once_of_what_is_new(void **state)
{
        (void)state;
        fake_netdev->operations->flush(fake_netdev);
        assert_int_equal(card.sent_kicks, 0);
        assert_int_equal(send_segments(1, 60), 0);
        fake_netdev->operations->flush(fake_netdev);
        fake_netdev->operations->flush(fake_netdev);
        assert_int_equal(card.sent_kicks, 1);
}

static void a_full_ring_refuses_until_the_card_has_sent(void **state)
{
        (void)state;
        unsigned accepted = 0;
        while (send_segments(1, 60) == 0)
                accepted++;
        assert_int_equal(accepted, nic->transmit.size / 2);
        assert_false(arm_card());
        card.finishes = true;
        assert_true(arm_card());
        poll_card();
        assert_int_equal(finished, accepted);
        assert_int_equal(send_segments(1, 60), 0);
}

static void an_interrupt_wakes_an_armed_stack_and_masks_the_card_of_a_polling_one(void **state)
{
        (void)state;
        assert_false(arm_card());
        assert_int_equal(card.unmasks, 1);
        nic_interrupt(nic);
        assert_int_equal(fake_wakes, 1);
        assert_int_equal(card.masks, 0);
        nic_interrupt(nic);
        assert_int_equal(fake_wakes, 1);
        assert_int_equal(card.masks, 1);
}

static void a_late_interrupt_does_not_wake(void **state)
{
        (void)state;
        card.remembers = true;
        assert_true(arm_card());
        nic_interrupt(nic);
        assert_int_equal(fake_wakes, 0);
        assert_int_equal(card.masks, 0);
        assert_false(arm_card());
        assert_int_equal(card.unmasks, 1);
        nic_interrupt(nic);
        assert_int_equal(fake_wakes, 1);
}

static void a_release_wakes_when_the_ring_had_run_dry(void **state)
{
        (void)state;
        const uint32_t size = nic->receive.size;
        for (unsigned i = 0; nic->receive.posted != nic->receive.taken && received_count < RING_MOST; i++) {
                nic->receive.pool.most = nic->receive.pool.total; /* no new ones */
                deliver(i % size, 60);
                poll_card();
        }
        assert_false(arm_card());
        received[0]->release(received[0]);
        assert_int_equal(fake_wakes, 1);
}

static void an_e1000_without_registers_is_refused(void **state)
{
        (void)state;
        fake_pci_add(0, 3, 0, 0x8086, 0x100e);
        assert_int_equal(e1000_start(&place), -EIO);
        assert_true(fake_log_has("[net] e1000 00:03.0: its registers are in no BAR; it is not used"));
}

/* The fake's registers are memory: the bit stays as it was written. */
static void an_e1000_whose_reset_never_ends_is_refused(void **state)
{
        (void)state;
        fake_pci_bar(fake_pci_add(0, 3, 0, 0x8086, 0x100e), 0, 0xfe000000, 0x20000);
        assert_int_equal(e1000_start(&place), -EIO);
        assert_true(fake_log_has("[net] e1000 00:03.0: its reset does not end; it is not used"));
}

static void a_vmxnet3_without_messages_is_refused(void **state)
{
        (void)state;
        struct fake_pci_function *f = fake_pci_add(0, 3, 0, 0x15ad, 0x07b0);
        fake_pci_bar(f, 0, 0xfe000000, 0x1000);
        fake_pci_bar(f, 1, 0xfe001000, 0x1000);
        assert_int_equal(vmxnet3_start(&place), -EIO);
        assert_true(fake_log_has("it has no MSI-X, or one vector only; two are needed; it is not used"));
}

static void no_memory_is_said(void **state)
{
        (void)state;
        fake_pages_left = 2;
        assert_int_equal(e1000_start(&place), -ENOMEM);
        assert_true(fake_log_has("no memory for its buffers; it is not used"));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(the_ring_is_filled_but_for_one_entry),
                TEST(a_packet_is_handed_over_without_a_copy),
                TEST(entries_that_the_card_passed_over_are_posted_again),
                TEST(the_ring_is_refilled_when_a_quarter_is_missing),
                TEST(a_damaged_frame_is_dropped),
                TEST(a_buffer_that_it_does_not_have_disables_it),
                TEST(a_length_beyond_the_buffer_disables_it),
                TEST(frames_of_a_card_that_broke_are_done),
                TEST(small_frames_are_one_piece_and_large_ones_lie_where_they_are),
                TEST(bad_requests_are_refused),
                TEST(a_checksum_beyond_what_cards_can_say_is_refused),
                TEST(the_card_is_told_once_of_what_is_new),
                TEST(a_full_ring_refuses_until_the_card_has_sent),
                TEST(an_interrupt_wakes_an_armed_stack_and_masks_the_card_of_a_polling_one),
                TEST(a_late_interrupt_does_not_wake),
                TEST(a_release_wakes_when_the_ring_had_run_dry),
                TEST(an_e1000_without_registers_is_refused),
                TEST(an_e1000_whose_reset_never_ends_is_refused),
                TEST(a_vmxnet3_without_messages_is_refused),
                TEST(no_memory_is_said),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
