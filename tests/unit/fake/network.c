/* A network device that is a list (see network.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/file.h>
#include <coracle/netdev.h>
#include <coracle/options.h>
#include <fake/network.h>
#include <platform.h>

const char *const *fake_options;
unsigned fake_capabilities = NETDEV_TX_CHECKSUM | NETDEV_RX_CHECKSUM;
unsigned fake_receive_buffers = 64;
unsigned fake_ring;
bool fake_no_device;
bool fake_checksum_good;
unsigned fake_buffers_held, fake_buffers_held_most, fake_flushes, fake_large;
size_t fake_large_most;
const void *fake_watched;
size_t fake_watched_bytes, fake_sent_watched;

struct netdev {
        void (*wake)(void *ctx);
        void *wake_ctx;
        bool armed;
};

struct arrival {
        struct arrival *next;
        struct netdev_buffer *packet;
};

struct completion {
        struct completion *next;
        void (*done)(void *cookie);
        void *cookie;
};

static struct netdev device;
static struct arrival *arrivals, **last_arrival = &arrivals;
static struct completion *completions, **last_completion = &completions;
static struct fake_frame *frames, **last_frame = &frames;
static unsigned in_ring;

const char *option_get(const char *key)
{
        for (const char *const *word = fake_options; word != NULL && word[0] != NULL; word += 2)
                if (strcmp(word[0], key) == 0)
                        return word[1];
        return NULL;
}

int platform_entropy(void *buffer, size_t bytes)
{
        static uint8_t next = 1;
        for (size_t i = 0; i < bytes; i++)
                ((uint8_t *)buffer)[i] = next++;
        return 0;
}

unsigned platform_probe_network(void)
{
        return netdev_count();
}

unsigned netdev_count(void)
{
        return fake_no_device ? 0 : 1;
}

struct netdev *netdev_get(unsigned index)
{
        return index == 0 ? &device : NULL;
}

void netdev_info(const struct netdev *of, struct netdev_info *info)
{
        (void)of;
        *info = (struct netdev_info){.name = "net0",
                                     .driver = "fake",
                                     .mac = {0x52, 0x54, 0, 0, 0, 2},
                                     .mtu = 1500,
                                     .receive_buffers = (uint16_t)fake_receive_buffers,
                                     .capabilities = fake_capabilities};
}

bool netdev_link_up(const struct netdev *of)
{
        (void)of;
        return true;
}

/* What a device does when asked for a checksum (virtio 1.2, section 5.1.6.2). */
static void complete_checksum(struct fake_frame *frame, const struct netdev_offload *offload)
{
        uint32_t sum = 0;
        for (size_t i = offload->checksum_start; i < frame->bytes; i += 2)
                sum += (uint32_t)(frame->data[i] << 8 | (i + 1 < frame->bytes ? frame->data[i + 1] : 0));
        while (sum >> 16 != 0)
                sum = (sum & 0xffff) + (sum >> 16);
        size_t at = offload->checksum_start + offload->checksum_offset;
        frame->data[at] = (uint8_t)(~sum >> 8);
        frame->data[at + 1] = (uint8_t)~sum;
        frame->checksummed = true;
}

static void append(struct fake_frame *frame)
{
        *last_frame = frame;
        last_frame = &frame->next;
}

static void put16(uint8_t *at, size_t value)
{
        at[0] = (uint8_t)(value >> 8);
        at[1] = (uint8_t)value;
}

static uint16_t sum_of(const uint8_t *data, size_t bytes)
{
        uint32_t sum = 0;
        for (size_t i = 0; i < bytes; i += 2)
                sum += (uint32_t)(data[i] << 8 | data[i + 1]);
        while (sum >> 16 != 0)
                sum = (sum & 0xffff) + (sum >> 16);
        return (uint16_t)sum;
}

/* Cuts a large TCP frame over IPv4 as a device does: lengths, sequence numbers, PSH and FIN at the end, checksums. */
static void cut(const struct fake_frame *whole, const struct netdev_offload *offload)
{
        const size_t header = offload->header_bytes, most = offload->segment_bytes;
        uint32_t sequence;
        fake_large++;
        if (whole->bytes - header > fake_large_most)
                fake_large_most = whole->bytes - header;
        if (offload->ipv6 || !offload->checksum || offload->checksum_start != 34 || offload->checksum_offset != 16 ||
            header != 34 + (whole->data[46] >> 4) * 4u || whole->bytes <= header + most ||
            (size_t)(whole->data[16] << 8 | whole->data[17]) != whole->bytes - 14 ||
            sum_of(whole->data + 14, 20) != 0xffff)
                abort(); /* a large frame that is not what it says */
        memcpy(&sequence, whole->data + 38, 4);
        for (size_t at = header; at < whole->bytes; at += most) {
                const size_t payload = whole->bytes - at < most ? whole->bytes - at : most;
                struct fake_frame *frame = malloc(sizeof(*frame) + header + payload);
                *frame = (struct fake_frame){.bytes = header + payload};
                memcpy(frame->data, whole->data, header);
                memcpy(frame->data + header, whole->data + at, payload);
                put16(frame->data + 16, header - 14 + payload);
                put16(frame->data + 24, 0);
                put16(frame->data + 24, (uint16_t)~sum_of(frame->data + 14, 20));
                const uint32_t here = __builtin_bswap32(__builtin_bswap32(sequence) + (uint32_t)(at - header));
                memcpy(frame->data + 38, &here, 4);
                if (at + payload < whole->bytes)
                        frame->data[47] &= (uint8_t)~0x09;
                uint8_t pseudo[12];
                memcpy(pseudo, frame->data + 26, 8);
                put16(pseudo + 8, 6);
                put16(pseudo + 10, header - 34 + payload);
                put16(frame->data + 50, sum_of(pseudo, sizeof pseudo));
                complete_checksum(frame, offload);
                append(frame);
        }
}

int netdev_transmit(struct netdev *of, const struct netdev_segment *segments, unsigned count,
                    const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie)
{
        (void)of;
        if (fake_ring != 0 && in_ring == fake_ring)
                return -EAGAIN;
        in_ring++;
        size_t bytes = 0;
        for (unsigned i = 0; i < count; i++)
                bytes += segments[i].length;
        struct fake_frame *frame = malloc(sizeof(*frame) + bytes);
        *frame = (struct fake_frame){.bytes = bytes};
        bytes = 0;
        for (unsigned i = 0; i < count; bytes += segments[i++].length) {
                memcpy(frame->data + bytes, segments[i].data, segments[i].length);
                if ((uintptr_t)segments[i].data - (uintptr_t)fake_watched < fake_watched_bytes)
                        fake_sent_watched += segments[i].length;
        }
        if (offload->segment_bytes != 0) {
                cut(frame, offload);
                free(frame);
        } else {
                if (offload->checksum)
                        complete_checksum(frame, offload);
                append(frame);
        }
        struct completion *completion = malloc(sizeof(*completion));
        *completion = (struct completion){NULL, done, cookie};
        *last_completion = completion;
        last_completion = &completion->next;
        return 0;
}

void netdev_flush(struct netdev *of)
{
        (void)of;
        fake_flushes++;
}

struct fake_frame *fake_sent(void)
{
        struct fake_frame *frame = frames;
        if (frame == NULL)
                return NULL;
        frames = frame->next;
        if (frames == NULL)
                last_frame = &frames;
        return frame;
}

static void release(struct netdev_buffer *buffer)
{
        fake_buffers_held--;
        free(buffer->data);
        free(buffer);
}

void fake_inject_pieces(const void *data, size_t bytes, unsigned pieces)
{
        struct netdev_buffer *first = NULL, **link = &first;
        size_t at = 0;
        for (unsigned i = 0; i < pieces; i++) {
                size_t here = i + 1 == pieces ? bytes - at : bytes / pieces;
                struct netdev_buffer *buffer = calloc(1, sizeof(*buffer));
                /*
                 * A block of its own, so that the sanitizer sees its end. lwIP 2.2.1 looks a little beyond the end of
                 * some broken packets (ip4_input: the port in a cut UDP header; tcp_parseopt: one byte behind the last
                 * option); real buffers are longer than frames, and frames at least 60 bytes long.
                 */
                buffer->data = calloc(1, here < 60 ? 60 : here + 1);
                memcpy(buffer->data, (const uint8_t *)data + at, here);
                buffer->length = (uint32_t)here;
                buffer->release = release;
                *link = buffer;
                link = &buffer->next;
                at += here;
        }
        first->total_length = (uint32_t)bytes;
        first->checksum_good = fake_checksum_good;
        struct arrival *arrival = malloc(sizeof(*arrival));
        *arrival = (struct arrival){NULL, first};
        *last_arrival = arrival;
        last_arrival = &arrival->next;
        if (device.armed) {
                device.armed = false;
                bool enabled = platform_interrupts_disable();
                device.wake(device.wake_ctx);
                platform_interrupts_restore(enabled);
        }
}

void fake_inject(const void *data, size_t bytes)
{
        fake_inject_pieces(data, bytes, 1);
}

unsigned netdev_poll(struct netdev *of, unsigned budget, void (*receive)(void *ctx, struct netdev_buffer *packet),
                     void *ctx)
{
        (void)of;
        while (completions != NULL) {
                struct completion *completion = completions;
                completions = completion->next;
                if (completions == NULL)
                        last_completion = &completions;
                in_ring--;
                completion->done(completion->cookie);
                free(completion);
        }
        unsigned taken = 0;
        for (; taken < budget && arrivals != NULL; taken++) {
                struct arrival *arrival = arrivals;
                arrivals = arrival->next;
                if (arrivals == NULL)
                        last_arrival = &arrivals;
                for (const struct netdev_buffer *piece = arrival->packet; piece != NULL; piece = piece->next)
                        fake_buffers_held++;
                receive(ctx, arrival->packet);
                if (fake_buffers_held > fake_buffers_held_most)
                        fake_buffers_held_most = fake_buffers_held;
                free(arrival);
        }
        return taken;
}

void netdev_set_wake(struct netdev *of, void (*wake)(void *ctx), void *ctx)
{
        of->wake = wake;
        of->wake_ctx = ctx;
}

bool netdev_arm(struct netdev *of)
{
        of->armed = arrivals == NULL;
        return arrivals != NULL;
}

/* Descriptors 0 to 2, which nobody here reads or writes. */
static const struct file_operations console_operations = {.kind = "console"};
struct file console_file = {.operations = &console_operations, .references = 3};
