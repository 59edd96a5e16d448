/* Can this host run guests under KVM? */
#ifndef CLI_RUN_ACCEL_H
#define CLI_RUN_ACCEL_H

#include <stdbool.h>

/*
 * Returns NULL when /dev/kvm is there and may be used, else why not, in words for people. `thorough`: only when it
 * makes virtual machines too, which takes about 2 ms to find out; a run leaves that to QEMU.
 */
const char *kvm_why_not(bool thorough);

#endif
