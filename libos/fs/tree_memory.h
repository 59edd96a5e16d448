/* For memory mappings: whether an address is in the carried tree. Weak: there when the program opens files. */
#ifndef CORACLE_FS_TREE_MEMORY_H
#define CORACLE_FS_TREE_MEMORY_H

#include <stdbool.h>

bool tree_memory_holds(const void *address) __attribute__((weak));

#endif
