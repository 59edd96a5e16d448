/* xenbus for one frontend driver: see xenbus.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/log.h>
#include <fake/xen_grant.h>
#include <fake/xenbus.h>
#include <platform.h>

const struct xenbus_driver *fake_xenbus_driver;
struct xenbus_device *fake_xenbus_device;
unsigned fake_xenbus_failures;
bool fake_xenbus_conflict;
uint32_t fake_xenbus_number;

#define KEYS_MAX 40u

struct key {
        char name[40], value[64];
};
static struct key backend[KEYS_MAX], frontend[KEYS_MAX];

void fake_xenbus_reset(void)
{
        memset(backend, 0, sizeof backend);
        memset(frontend, 0, sizeof frontend);
        fake_xenbus_driver = NULL;
        fake_xenbus_device = NULL;
        fake_xenbus_failures = 0;
        fake_xenbus_conflict = false;
        fake_xenbus_number = 0;
}

static struct key *find(struct key *keys, const char *name)
{
        for (unsigned i = 0; i < KEYS_MAX; i++)
                if (strcmp(keys[i].name, name) == 0)
                        return &keys[i];
        return NULL;
}

static void set(struct key *keys, const char *name, const char *value)
{
        struct key *key = find(keys, name);
        if (key == NULL && value != NULL)
                key = find(keys, "");
        if (value == NULL) {
                if (key != NULL)
                        key->name[0] = '\0';
                return;
        }
        if (key == NULL)
                abort();
        snprintf(key->name, sizeof key->name, "%s", name);
        snprintf(key->value, sizeof key->value, "%s", value);
}

void fake_backend_set(const char *key, const char *value)
{
        set(backend, key, value);
}

void fake_frontend_set(const char *key, const char *value)
{
        set(frontend, key, value);
}

static int number_of(struct key *keys, const char *name, uint64_t most, uint64_t *number)
{
        char *end;
        const struct key *key = find(keys, name);
        if (key == NULL)
                return -ENOENT;
        *number = strtoull(key->value, &end, 10);
        return *end == '\0' && end != key->value && *number <= most ? 0 : -EINVAL;
}

uint32_t fake_frontend_number(const char *key)
{
        uint64_t number;
        return number_of(frontend, key, UINT32_MAX, &number) == 0 ? (uint32_t)number : UINT32_MAX;
}

/* ---- xenstore.h, as far as drivers use it for their own directory ---- */

int xenstore_read(xenstore_transaction transaction, const char *directory, const char *name, char *value, size_t bytes)
{
        (void)transaction;
        (void)directory;
        const struct key *key = find(frontend, name);
        if (key == NULL)
                return -ENOENT;
        return strlen(key->value) < bytes ? snprintf(value, bytes, "%s", key->value) : -E2BIG;
}

int xenstore_read_number(xenstore_transaction transaction, const char *directory, const char *name, uint64_t most,
                         uint64_t *number)
{
        (void)transaction;
        (void)directory;
        return number_of(frontend, name, most, number);
}

int xenstore_write(xenstore_transaction transaction, const char *directory, const char *name, const char *value)
{
        (void)transaction;
        (void)directory;
        set(frontend, name, value);
        return 0;
}

int xenstore_write_number(xenstore_transaction transaction, const char *directory, const char *name, uint64_t number)
{
        char text[24];
        snprintf(text, sizeof text, "%llu", (unsigned long long)number);
        return xenstore_write(transaction, directory, name, text);
}

/* ---- xenbus.h ---- */

uint64_t xenbus_backend_number(const struct xenbus_device *device, const char *key, uint64_t most, uint64_t otherwise)
{
        uint64_t number;
        (void)device;
        return number_of(backend, key, most, &number) == 0 ? number : otherwise;
}

int xenbus_backend_text(const struct xenbus_device *device, const char *key, char *value, size_t bytes)
{
        const struct key *found = find(backend, key);
        (void)device;
        if (found == NULL)
                return -ENOENT;
        return strlen(found->value) < bytes ? snprintf(value, bytes, "%s", found->value) : -E2BIG;
}

int xenbus_grant(const struct xenbus_device *device, const void *memory, unsigned pages, grant_reference *references)
{
        for (unsigned i = 0; i < pages; i++) {
                const int error = grant_page(device->backend_domain, (const char *)memory + i * PLATFORM_PAGE_SIZE,
                                             false, &references[i]);
                if (error == 0)
                        continue;
                while (i-- > 0)
                        (void)grant_revoke(references[i]);
                return error;
        }
        return 0;
}

void xenbus_fail(struct xenbus_device *device, const char *why)
{
        fake_xenbus_failures++;
        if (!atomic_exchange(&device->failed, true) && why != NULL)
                log_error("xen", "%s: %s; it is not used any more", device->name, why);
}

int fake_xenbus_connect(void)
{
        struct xenbus_device *device = fake_xenbus_device;
        int error = fake_xenbus_driver->connect(device);
        if (error == 0 && fake_xenbus_conflict)
                error = fake_xenbus_driver->publish(device, 1);
        if (error == 0)
                error = fake_xenbus_driver->publish(device, 1);
        if (error == 0)
                error = fake_xenbus_driver->connected(device);
        return error;
}

void fake_xenbus_disconnect(void)
{
        fake_xenbus_driver->stop(fake_xenbus_device);
        fake_xenbus_driver->release(fake_xenbus_device);
}

/* One device; connected when all goes well. */
unsigned xenbus_probe(const struct xenbus_driver *driver)
{
        fake_xenbus_driver = driver;
        fake_xenbus_device = driver->create();
        if (fake_xenbus_device == NULL)
                return 0;
        fake_xenbus_device->driver = driver;
        fake_xenbus_device->number = fake_xenbus_number;
        snprintf(fake_xenbus_device->name, sizeof fake_xenbus_device->name, "%s0", driver->class);
        snprintf(fake_xenbus_device->path, sizeof fake_xenbus_device->path, "device/%s/0", driver->class);
        if (fake_xenbus_connect() == 0)
                return 1;
        fake_xenbus_disconnect();
        return 0;
}
