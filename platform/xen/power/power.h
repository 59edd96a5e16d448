/* How a domain ends. */
#ifndef CORACLE_XEN_POWER_H
#define CORACLE_XEN_POWER_H

/*
 * Ends the domain with the reason that belongs to an exit status: what the toolstack requested, if it did and the guest
 * did not crash; else poweroff for 0 and crash for everything else, so that on_poweroff and on_crash of its
 * configuration tell them apart. Returns off Xen.
 */
void xen_end(int status);

#endif
