/*
 * The xenstore client against a store that writes what the fuzzer says to the shared page, whenever it is told to look
 * or waited for: messages whole and cut, lengths, types, request numbers, indexes. Every call must come back, with a
 * result that is what its contract says.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/sched.h>
#include <fake/xen_event.h>
#include <xen/hypercall.h>

/* Included, because each input needs a client that has seen nothing yet. NOLINTBEGIN(bugprone-suspicious-include) */
#include "platform/xen/store/ring.c"
#include "platform/xen/store/wire.c"
/* NOLINTEND(bugprone-suspicious-include) */

#include "input.h"

static uint64_t now;
static struct xenstore_domain_interface page;

/* ---- The store ---- */

static void put(const void *data, size_t bytes)
{
        for (size_t i = 0; i < bytes && page.rsp_prod - page.rsp_cons < XENSTORE_RING_SIZE; i++)
                page.rsp[MASK_XENSTORE_IDX(page.rsp_prod++)] = ((const char *)data)[i];
}

/* A message that is right in what the fuzzer does not make wrong. */
static void say(void)
{
        static const uint32_t types[] = {
                XS_READ, XS_WRITE, XS_DIRECTORY, XS_ERROR, XS_WATCH_EVENT, XS_TRANSACTION_START, XS_WATCH, XS_RM};
        const uint8_t how = byte();
        struct xsd_sockmsg header = {.type = types[how & 7], .req_id = wire.request, .len = byte() & 63};
        char payload[64];
        if ((how & 0x10) != 0)
                header.req_id = word(how & 0x20 ? 4 : 1);
        if ((how & 0x40) != 0)
                header.len = word(how & 0x20 ? 4 : 2);
        if ((how & 0x80) != 0)
                header.type = word(1);
        for (unsigned i = 0; i < sizeof payload; i++)
                payload[i] = (char)(i < header.len ? byte() : 0);
        put(&header, sizeof header);
        put(payload, header.len < sizeof payload ? header.len : sizeof payload);
}

static void store_acts(void)
{
        switch (byte() & 15) {
        case 0:
                page.rsp_prod = word(4);
                break;
        case 1:
                page.req_cons = word(4);
                break;
        case 2:
                page.rsp_cons += (uint32_t)(int8_t)byte();
                break;
        case 3:
                break; /* nothing comes */
        case 4:
                for (unsigned i = byte(); i > 0; i--)
                        put(&(uint8_t){byte()}, 1);
                break;
        default:
                page.req_cons = page.req_prod;
                say();
        }
}

static void on_send(void *ctx)
{
        (void)ctx;
        store_acts();
}

/* ---- The guest ---- */

uint64_t platform_clock_monotonic(void)
{
        return now;
}

int wait_queue_sleep(struct wait_queue *queue, struct spinlock *lock, uint64_t deadline)
{
        (void)queue;
        if (left == 0 || byte() < 16) {
                now = deadline;
                return -ETIMEDOUT;
        }
        spin_unlock(lock);
        store_acts();
        fake_event(FAKE_STORE_PORT);
        spin_lock(lock);
        return 0;
}

unsigned wait_queue_wake_all(struct wait_queue *queue)
{
        (void)queue;
        return 0;
}

void spin_lock(struct spinlock *lock)
{
        if (atomic_flag_test_and_set(&lock->held))
                abort();
}

void spin_unlock(struct spinlock *lock)
{
        atomic_flag_clear(&lock->held);
}

void mutex_lock(struct mutex *mutex)
{
        if (mutex->owner++ != 0)
                abort();
}

void mutex_unlock(struct mutex *mutex)
{
        mutex->owner--;
}

struct thread *thread_current(void)
{
        return NULL;
}

int thread_create(struct thread **thread, const struct thread_options *options, void (*entry)(void *), void *argument)
{
        (void)options;
        (void)entry;
        (void)argument;
        if (thread != NULL)
                *thread = (struct thread *)thread;
        return 0;
}

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        (void)level;
        (void)room;
        (void)format;
}

static int body(xenstore_transaction transaction, void *ctx)
{
        (void)ctx;
        assert(transaction != XENSTORE_ALONE);
        return xenstore_write(transaction, "device/vif/0", "state", "4");
}

static void changed(void *ctx)
{
        (void)ctx;
}

static void act(void)
{
        static struct xenstore_watch watch = {.path = "a", .changed = changed};
        char value[64];
        uint64_t number;
        const size_t room = byte() & 63;
        int result;
        switch (byte() % 7) {
        case 0:
                memset(value, 'x', sizeof value);
                result = xenstore_read(XENSTORE_ALONE, "a", "b", value, room);
                assert(result < 0 || ((size_t)result < room && value[result] == '\0'));
                break;
        case 1:
                result = xenstore_read_number(XENSTORE_ALONE, "a", "b", 100, &number);
                assert(result < 0 || number <= 100);
                break;
        case 2:
                result = xenstore_list(XENSTORE_ALONE, "a", NULL, value, room);
                assert(result <= (int)room);
                break;
        case 3:
                result = xenstore_transact(body, NULL);
                assert(result <= 0);
                break;
        case 4:
                if (list_linked(&watch.link))
                        (void)xenstore_unwatch(&watch);
                else
                        (void)xenstore_watch(&watch);
                break;
        case 5:
                store_acts();
                xenstore_lock();
                (void)xenstore_drain();
                xenstore_unlock();
                break;
        default:
                (void)xenstore_write(XENSTORE_ALONE, "a", "b", "value");
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        input = data;
        left = bytes;
        now = 1;
        memset(&page, 0, sizeof page);
        memset(&wire, 0, sizeof wire);
        memset(&ring, 0, sizeof ring);
        fake_event_reset();
        fake_store_page = &page;
        fake_channels[FAKE_STORE_PORT].on_send = on_send;
        while (left != 0 && wire.broken == NULL) {
                act();
                wire.silent = wire.silent && byte() < 128;
        }
        act(); /* after the end, every call says so */
        return 0;
}
