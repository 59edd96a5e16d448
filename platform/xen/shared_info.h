/* The page that Xen and this guest share: event bits, time (struct shared_info of public/xen.h). */
#ifndef CORACLE_XEN_SHARED_INFO_H
#define CORACLE_XEN_SHARED_INFO_H

#include <stdint.h>

#include <xen/xen.h>

/*
 * The page, put in place by the first call, with every event channel masked and upcalls at a vector of their own; NULL
 * off Xen. Needs memory_start. Xen writes it at any time: what it wrote is read once and checked.
 */
struct shared_info *xen_shared_info(void);

/* event.c: some event is pending. Weak: there when something uses event channels. */
void event_upcall(void *ctx) __attribute__((weak));

#endif
