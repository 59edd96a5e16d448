/* A xenstored on the fake machine: see xenstored.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fake/platform.h>
#include <fake/xen_event.h>
#include <fake/xenstored.h>

#define KEYS_MAX    96
#define WATCHES_MAX 16
#define HOME        "/local/domain/5/"

struct key {
        char path[128], value[128];
};

struct watch {
        bool used;
        char path[128], token[16];
        bool relative;
};

static struct {
        struct key keys[KEYS_MAX], before[KEYS_MAX]; /* before: when the transaction began */
        struct watch watches[WATCHES_MAX];
        uint32_t transaction;
        char request[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
        size_t have;
        char output[65536]; /* what waits for room in the ring */
        size_t output_bytes;
        bool scheduled;
} store;

struct fake_store fake_store;
struct xenstore_domain_interface fake_store_ring;

static struct key *find(const char *path)
{
        for (unsigned i = 0; i < KEYS_MAX; i++)
                if (strcmp(store.keys[i].path, path) == 0)
                        return &store.keys[i];
        return NULL;
}

const char *fake_store_get(const char *path)
{
        const struct key *key = find(path);
        return key != NULL ? key->value : NULL;
}

static bool is_at_or_below(const char *path, const char *above)
{
        const size_t length = strlen(above);
        return strncmp(path, above, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static void absolute(char *path, size_t bytes, const char *text)
{
        snprintf(path, bytes, "%s%s", text[0] == '/' ? "" : HOME, text);
}

/* ---- To the guest ---- */

static void pump(void)
{
        struct xenstore_domain_interface *ring = &fake_store_ring;
        size_t moved = 0;
        while (moved < store.output_bytes && ring->rsp_prod - ring->rsp_cons < XENSTORE_RING_SIZE)
                ring->rsp[MASK_XENSTORE_IDX(ring->rsp_prod++)] = store.output[moved++];
        memmove(store.output, store.output + moved, store.output_bytes - moved);
        store.output_bytes -= moved;
}

static void queue(const void *data, size_t bytes)
{
        if (bytes > sizeof store.output - store.output_bytes)
                fake_fail("room for the store's output", __FILE__, __LINE__);
        memcpy(store.output + store.output_bytes, data, bytes);
        store.output_bytes += bytes;
}

static void answer(struct xsd_sockmsg header, const void *payload, size_t bytes)
{
        static char copy[XENSTORE_PAYLOAD_MAX * 2];
        memcpy(copy, payload, bytes);
        header.len = (uint32_t)bytes;
        if (fake_store.garble != NULL)
                fake_store.garble(&header, copy);
        queue(&header, sizeof header);
        queue(copy, header.len < sizeof copy ? header.len : bytes);
}

static void fire(const struct watch *watch, const char *path)
{
        char text[160];
        const char *shown = watch->relative && strncmp(path, HOME, strlen(HOME)) == 0 ? path + strlen(HOME) : path;
        const size_t path_bytes = strlen(shown) + 1;
        memcpy(text, shown, path_bytes);
        memcpy(text + path_bytes, watch->token, strlen(watch->token) + 1);
        answer((struct xsd_sockmsg){.type = XS_WATCH_EVENT}, text, path_bytes + strlen(watch->token) + 1);
}

static void fire_for(const char *path)
{
        for (unsigned i = 0; i < WATCHES_MAX; i++)
                if (store.watches[i].used && is_at_or_below(path, store.watches[i].path))
                        fire(&store.watches[i], path);
}

static void set(const char *path, const char *value)
{
        struct key *key = find(path);
        for (unsigned i = 0; value == NULL && i < KEYS_MAX; i++)
                if (is_at_or_below(store.keys[i].path, path))
                        store.keys[i].path[0] = '\0';
        if (value != NULL && key == NULL)
                key = find("");
        if (value != NULL && key == NULL)
                fake_fail("room for a key", __FILE__, __LINE__);
        if (value != NULL) {
                snprintf(key->path, sizeof key->path, "%s", path);
                snprintf(key->value, sizeof key->value, "%s", value);
        }
        fire_for(path);
        if (fake_store.written != NULL)
                fake_store.written(path, value);
}

static void tell(void *ctx)
{
        (void)ctx;
        pump();
        fake_event(FAKE_STORE_PORT);
}

void fake_store_set(const char *path, const char *value)
{
        set(path, value);
        fake_interrupt_at(platform_clock_monotonic() + fake_store.delay, tell, NULL);
}

void fake_store_raw(const void *data, size_t bytes)
{
        queue(data, bytes);
        fake_interrupt_at(platform_clock_monotonic(), tell, NULL);
}

/* ---- From the guest ---- */

static void list(struct xsd_sockmsg header, const char *path)
{
        char names[2048];
        size_t bytes = 0;
        bool found = false;
        const size_t length = strlen(path);
        for (unsigned i = 0; i < KEYS_MAX; i++) {
                const char *key = store.keys[i].path;
                if (key[0] == '\0' || !is_at_or_below(key, path))
                        continue;
                found = true;
                if (key[length] == '\0')
                        continue;
                const size_t name = strcspn(key + length + 1, "/");
                bool known = false;
                for (size_t at = 0; at < bytes; at += strlen(names + at) + 1)
                        known = known ||
                                (strlen(names + at) == name && memcmp(names + at, key + length + 1, name) == 0);
                if (known)
                        continue;
                memcpy(names + bytes, key + length + 1, name);
                names[bytes + name] = '\0';
                bytes += name + 1;
        }
        if (!found)
                header.type = XS_ERROR;
        answer(header, found ? names : "ENOENT", found ? bytes : 7);
}

static void watch(struct xsd_sockmsg header, const char *text, bool add)
{
        char path[128];
        const char *token = text + strlen(text) + 1;
        absolute(path, sizeof path, text);
        for (unsigned i = 0; i < WATCHES_MAX; i++) {
                struct watch *entry = &store.watches[i];
                if (add ? entry->used : !entry->used || strcmp(entry->token, token) != 0)
                        continue;
                entry->used = add;
                entry->relative = text[0] != '/';
                snprintf(entry->path, sizeof entry->path, "%s", path);
                snprintf(entry->token, sizeof entry->token, "%s", token);
                if (add)
                        fire(entry, path); /* before the answer, as a store may */
                answer(header, "OK", 3);
                return;
        }
        header.type = XS_ERROR;
        answer(header, add ? "E2BIG" : "ENOENT", add ? 6 : 7);
}

static void end_transaction(struct xsd_sockmsg header, bool keep)
{
        const bool conflict = keep && fake_store.conflicts != 0;
        if (conflict)
                fake_store.conflicts--;
        if (!keep || conflict)
                memcpy(store.keys, store.before, sizeof store.keys);
        store.transaction = 0;
        if (conflict)
                header.type = XS_ERROR;
        answer(header, conflict ? "EAGAIN" : "OK", conflict ? 7 : 3);
}

static void serve(struct xsd_sockmsg header, char *payload)
{
        char path[128];
        payload[header.len] = '\0';
        absolute(path, sizeof path, payload);
        const struct key *key = find(path);
        const char *error = NULL;
        fake_store.requests++;
        if (fake_store.silent)
                return;
        if (header.tx_id != store.transaction && header.tx_id != 0)
                error = "ENOENT";
        else if ((header.type == XS_READ || header.type == XS_RM) && key == NULL)
                error = "ENOENT";
        if (error != NULL) {
                header.type = XS_ERROR;
                answer(header, error, strlen(error) + 1);
                return;
        }
        switch (header.type) {
        case XS_READ:
                answer(header, key->value, strlen(key->value));
                return;
        case XS_DIRECTORY:
                list(header, path);
                return;
        case XS_WRITE:
                set(path, payload + strlen(payload) + 1);
                break;
        case XS_MKDIR:
                set(path, "");
                break;
        case XS_RM:
                set(path, NULL);
                break;
        case XS_WATCH:
        case XS_UNWATCH:
                watch(header, payload, header.type == XS_WATCH);
                return;
        case XS_TRANSACTION_START:
                memcpy(store.before, store.keys, sizeof store.keys);
                store.transaction = 17;
                answer(header, "17", 3);
                return;
        case XS_TRANSACTION_END:
                end_transaction(header, payload[0] == 'T');
                return;
        default:
                fake_fail("a request that the store knows", __FILE__, __LINE__);
        }
        answer(header, "OK", 3);
}

static void take_requests(void)
{
        struct xenstore_domain_interface *ring = &fake_store_ring;
        struct xsd_sockmsg header;
        static char payload[XENSTORE_PAYLOAD_MAX + 1];
        while (!fake_store.deaf && ring->req_cons != ring->req_prod) {
                store.request[store.have++] = ring->req[MASK_XENSTORE_IDX(ring->req_cons++)];
                if (store.have < sizeof header)
                        continue;
                memcpy(&header, store.request, sizeof header);
                if (header.len > XENSTORE_PAYLOAD_MAX)
                        fake_fail("a request is not too long", __FILE__, __LINE__);
                if (store.have < sizeof header + header.len)
                        continue;
                memcpy(payload, store.request + sizeof header, header.len);
                store.have = 0;
                serve(header, payload);
        }
}

static void work(void *ctx)
{
        (void)ctx;
        store.scheduled = false;
        take_requests();
        tell(NULL);
}

void fake_store_work(void)
{
        work(NULL);
}

static void on_send(void *ctx)
{
        (void)ctx;
        if (store.scheduled)
                return;
        store.scheduled = true;
        fake_interrupt_at(platform_clock_monotonic() + fake_store.delay, work, NULL);
}

void fake_store_start(void)
{
        memset(&store, 0, sizeof store);
        memset(&fake_store, 0, sizeof fake_store);
        memset(&fake_store_ring, 0, sizeof fake_store_ring);
        fake_event_reset();
        fake_store.delay = 20000;
        fake_store_page = &fake_store_ring;
        fake_channels[FAKE_STORE_PORT].on_send = on_send;
}
