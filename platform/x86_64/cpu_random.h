/* Random numbers from the CPU: RDSEED, RDRAND (Intel: Digital Random Number Generator Software Implementation Guide).
 */
#ifndef CORACLE_X86_64_CPU_RANDOM_H
#define CORACLE_X86_64_CPU_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the CPU has one of them and it does what it should. */
bool cpu_random_works(void);

/* 64 bits; RDSEED is asked first. False: the CPU could not give any within the number of attempts of the guide. */
bool cpu_random(uint64_t *value);

#endif
