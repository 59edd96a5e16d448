/* Requests to end the guest, from the hypervisor of the day to libos (platform.h, platform_power_listen). */
#ifndef CORACLE_PLATFORM_POWER_H
#define CORACLE_PLATFORM_POWER_H

#include <stdbool.h>

#include <platform.h>

/* A listener's report: tells libos, once; what comes after the first request only replaces it. Any context. */
void power_requested(enum platform_request request);

/* What was requested, into *request; false: nothing was. Weak: nobody listens. */
bool power_request_pending(enum platform_request *request) __attribute__((weak));

/* ---- The listeners; each does nothing on other machines. From a thread. ---- */

void xen_power_listen(void);  /* xenstore's control/shutdown */
void acpi_power_listen(void); /* the power button */

#endif
