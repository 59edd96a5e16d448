/* A peer on the wire that talks TCP by hand: what tests of connections from outside share. */
#ifndef NETWORK_PEER_H
#define NETWORK_PEER_H

#include "network_scenario.h"

#include "fake/packet.h"

static const struct packet_host peer = {.mac = {2, 0, 0, 0, 0, 1}, .ip = {10, 0, 0, 1}};
static const struct packet_host guest = {.mac = {0x52, 0x54, 0, 0, 0, 2}, .ip = {10, 0, 0, 2}};

static char sent_block[50000];
static bool sent_block_is_a_file;

/* For the stack's question whether the image's files hold an address (libos/fs/tree_memory.h). */
bool tree_memory_holds(const void *address)
{
        return sent_block_is_a_file && (uintptr_t)address - (uintptr_t)sent_block < sizeof(sent_block);
}

/* The next frame sent that is of interest: TCP (6) or ICMP (1) over IPv4. NULL when there is none. */
static inline struct fake_frame *next_sent(uint8_t protocol)
{
        struct fake_frame *frame;
        while ((frame = fake_sent()) != NULL) {
                if (packet_is_arp_request_for(frame->data, frame->bytes, peer.ip))
                        packet_arp_reply(&peer, &guest, fake_inject);
                else if (packet_protocol(frame->data, frame->bytes) == protocol)
                        return frame;
                free(frame);
        }
        return NULL;
}

/* Forgets what the guest has sent. */
static inline void flush_sent(void)
{
        for (struct fake_frame *frame; (frame = next_sent(6)) != NULL;)
                free(frame);
}

/* Whether the guest is there, and listens to what comes. */
static inline bool answers_pings(void)
{
        packet_ping(&peer, &guest, 100, fake_inject);
        struct fake_frame *reply = NULL;
        for (int i = 0; i < 50 && reply == NULL; i++) {
                rest(1);
                reply = next_sent(1);
        }
        free(reply);
        return reply != NULL;
}

/* Opens a connection from the peer's port; returns the guest's sequence number. */
static inline uint32_t open_from(uint16_t port, uint32_t sequence)
{
        packet_tcp(&peer, &guest, port, 80, sequence, 0, PACKET_SYN, NULL, 0, fake_inject);
        struct fake_frame *frame = NULL;
        for (int i = 0; i < 50 && (frame = next_sent(6)) == NULL; i++)
                rest(1);
        CHECK(frame != NULL && packet_is_sane(frame->data, frame->bytes));
        CHECK(packet_tcp_flags(frame->data) == (PACKET_SYN | PACKET_ACK));
        uint32_t theirs = packet_tcp_sequence(frame->data);
        free(frame);
        packet_tcp(&peer, &guest, port, 80, sequence + 1, theirs + 1, PACKET_ACK, NULL, 0, fake_inject);
        rest(1);
        return theirs + 1;
}

/* A connection of the peer's to port 80, with bytes of the guest's on their way. */
static struct {
        int listener, server; /* the guest's sockets */
        uint32_t theirs;      /* the sequence number of the first byte that the guest sends */
} sending;

static inline void open_sending(void)
{
        sending.listener = tcp_listener(80, 5);
        sending.theirs = open_from(1000, 5000);
        sending.server = accept(sending.listener, NULL, NULL);
        CHECK(sending.server >= 0);
}

static inline void close_sending(void)
{
        close(sending.server);
        close(sending.listener);
        rest(100);
}

/* The peer has what was sent up to `bytes`. */
static inline void acknowledge(uint32_t bytes)
{
        packet_tcp(&peer, &guest, 1000, 80, 5001, sending.theirs + bytes, PACKET_ACK, NULL, 0, fake_inject);
        rest(2);
}

/* The peer takes what comes, acknowledges it, and checks that it is what was sent, segment by segment. */
static inline void transfer(uint32_t theirs, const char *block, size_t bytes, uint8_t last_flags)
{
        size_t arrived = 0;
        for (int i = 0; i < 2000 && arrived < bytes; i++) {
                struct fake_frame *frame;
                while ((frame = next_sent(6)) != NULL) {
                        CHECK(packet_is_sane(frame->data, frame->bytes) && frame->bytes <= 1514);
                        if (packet_tcp_sequence(frame->data) == theirs + arrived) {
                                CHECK(memcmp(frame->data + 54, block + arrived, frame->bytes - 54) == 0);
                                arrived += frame->bytes - 54;
                                CHECK(arrived != bytes || (packet_tcp_flags(frame->data) & last_flags) == last_flags);
                        }
                        free(frame);
                }
                packet_tcp(&peer, &guest, 1000, 80, 5001, theirs + (uint32_t)arrived, PACKET_ACK, NULL, 0, fake_inject);
                rest(2);
        }
        CHECK(arrived == bytes);
}

static inline void fill_block(void)
{
        for (size_t i = 0; i < sizeof(sent_block); i++)
                sent_block[i] = (char)(i * 31 + i / 1460);
}

#endif
