/*
 * Messages to and from the store (public/io/xs_wire.h, struct xsd_sockmsg), one request at a time.
 *
 * What the store says is checked once, when a message is whole: a length, a type, a request number or a text that
 * cannot be makes the store unusable for good, with one line that says what it was. A reply that comes after its
 * request timed out is dropped.
 */
#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/sched.h>
#include <platform.h>

#include "wire.h"

static struct {
        struct mutex lock;
        const char *broken; /* what the store did */
        bool silent;        /* it let a request time out, and has said nothing since */
        uint32_t request;   /* the number of the last one sent */
        size_t have;        /* bytes of `incoming` that have come */
        struct {
                struct xsd_sockmsg header;
                char payload[XENSTORE_PAYLOAD_MAX + 1];
        } incoming;
} wire; /* all zero: it takes no room in the image */

_Static_assert(offsetof(struct xsd_sockmsg, len) + 4 == sizeof(struct xsd_sockmsg), "the payload follows at once");

void xenstore_lock(void)
{
        mutex_lock(&wire.lock);
}

void xenstore_unlock(void)
{
        mutex_unlock(&wire.lock);
}

static int give_up(const char *what)
{
        wire.broken = what;
        log_error("xen", "xenstore: %s; it is not used any more", what);
        return -EIO;
}

/* Returns 1 when `incoming` is a whole message, 0 when more has to come, or an error. */
static int receive(void)
{
        const size_t head = sizeof wire.incoming.header;
        for (;;) {
                if (wire.have >= head && wire.incoming.header.len > XENSTORE_PAYLOAD_MAX)
                        return give_up("it sent a message that is too long");
                const size_t whole = wire.have < head ? head : head + wire.incoming.header.len;
                if (wire.have >= head && wire.have == whole)
                        return 1;
                const int count = xenstore_ring_get((char *)&wire.incoming + wire.have, whole - wire.have);
                if (count < 0)
                        return give_up("it wrote an impossible index to the response ring");
                if (count == 0)
                        return 0;
                wire.silent = false;
                wire.have += (size_t)count;
        }
}

/* path NUL token NUL */
static int take_watch_event(void)
{
        const char *path = wire.incoming.payload;
        const size_t bytes = wire.incoming.header.len;
        const char *end = memchr(path, '\0', bytes);
        if (end == NULL || end + 1 == path + bytes || path[bytes - 1] != '\0' || !xenstore_watch_fired(end + 1))
                return give_up("it sent a watch event without a token of ours");
        return 0;
}

/* A whole message is there. Returns 1 for the reply to the last request, 0 for what has been dealt with, or an error.
 */
static int sort_out(void)
{
        const struct xsd_sockmsg *header = &wire.incoming.header;
        wire.have = 0;
        wire.incoming.payload[header->len] = '\0';
        if (header->type == XS_WATCH_EVENT)
                return take_watch_event();
        if (header->req_id == wire.request && wire.request != 0)
                return 1;
        if (header->req_id > wire.request || header->req_id == 0)
                return give_up("it answered a request that was never made");
        return 0; /* late */
}

int xenstore_drain(void)
{
        int result = xenstore_ring_open();
        if (result == 0 && wire.broken != NULL)
                result = -EIO;
        while (result == 0 && (result = receive()) == 1)
                if ((result = sort_out()) == 1)
                        result = 0; /* the reply to a request that timed out */
        return result;
}

/* All the bytes, as the ring gets room for them. */
static int send(const void *data, size_t bytes, uint64_t deadline)
{
        const char *from = data;
        while (bytes != 0) {
                const unsigned events = xenstore_ring_events();
                const int count = xenstore_ring_put(from, bytes);
                if (count < 0)
                        return give_up("it wrote an impossible index to the request ring");
                from += count;
                bytes -= (size_t)count;
                if (bytes == 0)
                        break;
                xenstore_ring_notify();
                /* A store that stops in the middle of a request could take the next one for the rest of it. */
                if (xenstore_ring_wait(events, deadline) != 0)
                        return give_up("it does not take requests");
        }
        return 0;
}

static int await_reply(uint64_t deadline)
{
        for (;;) {
                const unsigned events = xenstore_ring_events();
                int result = receive();
                if (result == 1)
                        result = sort_out();
                else if (result == 0 && xenstore_ring_wait(events, deadline) != 0)
                        result = -ETIMEDOUT;
                if (result == -ETIMEDOUT) {
                        wire.silent = true;
                        log_error("xen", "xenstore does not answer; devices that need it do not start");
                }
                if (result != 0)
                        return result == 1 ? 0 : result;
        }
}

/* The store names errors by their Unix names. */
static int error_of(const char *name)
{
        for (unsigned i = 0; i < sizeof xsd_errors / sizeof xsd_errors[0]; i++)
                if (strcmp(name, xsd_errors[i].errstring) == 0)
                        return -xsd_errors[i].errnum;
        return -EINVAL; /* as libraries of Xen do with a name from a newer store */
}

int xenstore_ask(enum xsd_sockmsg_type type, xenstore_transaction transaction, const struct xenstore_part *parts,
                 unsigned count, const char **reply, size_t *bytes)
{
        const uint64_t deadline = platform_clock_monotonic() + XENSTORE_TIMEOUT;
        struct xsd_sockmsg header = {.type = type, .tx_id = transaction};
        for (unsigned i = 0; i < count; i++)
                header.len += (uint32_t)parts[i].bytes;
        if (header.len > XENSTORE_PAYLOAD_MAX)
                return -E2BIG;
        int error = xenstore_drain();
        if (error == 0 && wire.silent)
                error = -ETIMEDOUT; /* its ring stays as it is until it speaks */
        if (error != 0)
                return error;
        header.req_id = ++wire.request;
        error = send(&header, sizeof header, deadline);
        for (unsigned i = 0; i < count && error == 0; i++)
                error = send(parts[i].data, parts[i].bytes, deadline);
        if (error != 0)
                return error;
        xenstore_ring_notify();
        error = await_reply(deadline);
        if (error != 0)
                return error;
        *reply = wire.incoming.payload;
        *bytes = wire.incoming.header.len;
        if (wire.incoming.header.type == XS_ERROR)
                return error_of(*reply);
        return wire.incoming.header.type == (uint32_t)type ? 0 : give_up("it answered something else than was asked");
}
