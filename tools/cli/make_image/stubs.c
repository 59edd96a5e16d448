/* The boot code as the build made it; see stubs.h. */
#include "stubs.h"

#define INCLUDE_FILE(name)                                                                                             \
        __asm__(".pushsection .rodata\n"                                                                               \
                ".globl " #name "_start, " #name "_end\n" #name "_start:\n"                                            \
                ".incbin \"" #name ".bin\"\n" #name "_end:\n"                                                          \
                ".popsection")

INCLUDE_FILE(stub);
INCLUDE_FILE(disk);
INCLUDE_FILE(cd);
