/* Terminals: see sys/termios.h. */
#ifndef _TERMIOS_H
#define _TERMIOS_H

#include <sys/termios.h>

#endif
