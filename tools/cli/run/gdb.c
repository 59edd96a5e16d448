/* What --gdb needs on the host's side; see gdb.h. */
#include "gdb.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../message.h"
#include "forward.h"

#define FIRST_PORT 1234u /* QEMU's own default */
#define PORTS      100u

unsigned gdb_choose_port(void)
{
        for (unsigned port = FIRST_PORT; port < FIRST_PORT + PORTS; port++) {
                struct forward forward;
                char text[32];
                snprintf(text, sizeof(text), "%u:%u", port, port);
                if (forward_parse(&forward, text) && forward_try(&forward) == 0)
                        return port;
        }
        refuse("ports %u to %u of this host are all in use; gdb needs one", FIRST_PORT, FIRST_PORT + PORTS - 1);
}

void gdb_announce(unsigned port, const char *image)
{
        char path[PATH_MAX];
        if (realpath(image, path) == NULL)
                refuse("%s: %s", image, strerror(errno));
        const int file = memfd_create("gdb", 0);
        if (file < 0 || dprintf(file,
                                "set pagination off\n"
                                "set confirm off\n"
                                "file \"%s\"\n"
                                "target remote localhost:%u\n"
                                "hbreak nucleus/boot.c:boot\n"
                                "continue\n"
                                "finish\n"
                                "delete\n"
                                "symbol-file -o boot_info.image_bias \"%s\"\n"
                                "set confirm on\n"
                                "tbreak main\n"
                                "continue\n",
                                path, port, path) < 0)
                refuse("cannot write gdb's commands: %s", strerror(errno));
        complain("waiting for gdb, which this takes to main: gdb -x /proc/%d/fd/%d", (int)getpid(), file);
}
