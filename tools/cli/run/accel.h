/* Can this host run guests under KVM? */
#ifndef CLI_RUN_ACCEL_H
#define CLI_RUN_ACCEL_H

#include <stddef.h>

/* Returns NULL when /dev/kvm makes virtual machines, else why not, in words for people. Takes about 100 us. */
const char *kvm_why_not(void);

#endif
