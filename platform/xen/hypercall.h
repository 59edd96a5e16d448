/*
 * Xen's hypercalls as ring 3 may make them: through the gate, which builds Xen's structures and refuses what is not on
 * its list (nucleus/gate.h, enum gate_xen). Results are 0 or more, or negative errno; -ENODEV off Xen, where nothing
 * is asked of the hypervisor. From any context. What concerns event channels is in event.h.
 */
#ifndef CORACLE_XEN_HYPERCALL_H
#define CORACLE_XEN_HYPERCALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the hypervisor is Xen: what every other module of platform/xen may be asked for. */
bool xen_is_present(void);

/*
 * A parameter of this domain (public/hvm/params.h): HVM_PARAM_STORE_PFN, _STORE_EVTCHN, _CONSOLE_PFN, _CONSOLE_EVTCHN.
 * Returns 0, or an error: Xen has no such parameter. A value of 0 means that there is no such ring (a dom0 has none).
 */
int xen_parameter(unsigned index, uint64_t *value);

/*
 * Maps the page of a ring that the toolstack set up (page frame number `frame`, from xen_parameter), for ever. NULL:
 * frame 0, or no room. The page is ordinary memory, shared with another domain: what is there may change at any time.
 */
volatile void *xen_map_ring(uint64_t frame);

/*
 * Puts frame `index` of the grant table at `page`, one page from page_alloc (or so aligned, in free RAM). What was in
 * the page is gone for good. Returns 0; -ENOSPC or another error when Xen allows no more frames.
 */
int xen_share_grant_frame(unsigned index, void *page);

/* Lets other domains run: for waits of a few microseconds before there are events. */
void xen_yield(void);

/* Bytes to Xen's own console (console_io): seen from a dom0, and from any domain on a debug Xen. */
void xen_console_io(const void *data, size_t bytes);

/* Ends the domain: SHUTDOWN_poweroff, SHUTDOWN_reboot, SHUTDOWN_crash (public/sched.h). Returns only off Xen. */
void xen_shutdown(unsigned reason);

#endif
