/* Stolen time on Xen. */
#ifndef CORACLE_XEN_STOLEN_H
#define CORACLE_XEN_STOLEN_H

#include <stdbool.h>
#include <stdint.h>

/* Nanoseconds that this CPU was ready to run and did not, since it started. False off Xen. */
bool xen_stolen(uint64_t *nanoseconds);

#endif
