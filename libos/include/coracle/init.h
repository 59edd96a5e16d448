/*
 * Optional parts of the library OS. Boot refers to each weakly: it is there when the program links something that
 * needs it, and costs nothing otherwise. A room that needs starting defines its function in the file that its
 * callers pull in. Called once, by the first thread, in the order in which libos/core/boot.c names them.
 */
#ifndef CORACLE_INIT_H
#define CORACLE_INIT_H

void network_start(void) __attribute__((weak)); /* libos/net */

#endif
