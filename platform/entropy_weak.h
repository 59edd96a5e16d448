/* Bytes for guests without a source of entropy: hard to predict by accident, not by an attacker. */
#ifndef CORACLE_PLATFORM_ENTROPY_WEAK_H
#define CORACLE_PLATFORM_ENTROPY_WEAK_H

#include <stddef.h>

void entropy_weak(void *buffer, size_t bytes);

#endif
