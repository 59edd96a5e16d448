/* newlib's stdatomic.h names the types of stdint.h without including it. */
#ifndef _CORACLE_STDATOMIC_H
#define _CORACLE_STDATOMIC_H

#include <stdint.h>

#include_next <stdatomic.h>

#endif
