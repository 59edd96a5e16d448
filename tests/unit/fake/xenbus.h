/* xenbus for one frontend driver: the backend's keys are a table, what the driver publishes is kept, in one thread. */
#ifndef FAKE_XENBUS_H
#define FAKE_XENBUS_H

#include <xen/bus/xenbus.h>

extern const struct xenbus_driver *fake_xenbus_driver; /* what xenbus_probe was given */
extern struct xenbus_device *fake_xenbus_device;       /* what its create made: domain 0 */
extern unsigned fake_xenbus_failures;                  /* calls of xenbus_fail */
extern uint32_t fake_xenbus_number;                    /* of the device: 0 unless the test sets it */
extern bool fake_xenbus_conflict;                      /* the first publish is for nothing */

void fake_xenbus_reset(void);

/* The keys of both sides; a value of NULL takes one away. */
void fake_backend_set(const char *key, const char *value);
void fake_frontend_set(const char *key, const char *value);
/* What the driver published, or UINT32_MAX. */
uint32_t fake_frontend_number(const char *key);

/* connect, publish and connected, as xenbus calls them. Returns the first error. */
int fake_xenbus_connect(void);
/* stop and release. */
void fake_xenbus_disconnect(void);

#endif
