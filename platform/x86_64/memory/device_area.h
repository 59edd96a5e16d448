/* The part of the mapping area that device.c keeps for device registers. */
#ifndef CORACLE_X86_64_DEVICE_AREA_H
#define CORACLE_X86_64_DEVICE_AREA_H

#define DEVICE_AREA_BYTES (16ull << 30)

#endif
