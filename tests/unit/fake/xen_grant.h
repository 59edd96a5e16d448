/* The grant table on the host: which pages are granted, by address, and what the other domain has mapped. */
#ifndef FAKE_XEN_GRANT_H
#define FAKE_XEN_GRANT_H

#include <xen/share/grant.h>

#define FAKE_GRANTS 4096u

struct fake_grant {
        bool granted, read_only, mapped, lost;
        uint16_t domain;
        uint8_t *page;
};
extern struct fake_grant fake_grants[FAKE_GRANTS];
extern unsigned fake_grants_left; /* grant_page fails beyond */

void fake_grant_reset(void);
unsigned fake_grants_used(void);

/* The page that a backend in domain 0 may use by a reference, or NULL: it is not granted (for writing). */
uint8_t *fake_grant_use(grant_reference reference, bool write);

#endif
