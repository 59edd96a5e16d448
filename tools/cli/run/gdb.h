/* --gdb: a port for gdb, and the commands that take it to the program's main. */
#ifndef CLI_RUN_GDB_H
#define CLI_RUN_GDB_H

/* A free port of 127.0.0.1. Exits with a message when there is none. */
unsigned gdb_choose_port(void);

/*
 * Writes gdb's commands to a memory file that lives as long as this process, and says how to start gdb with them. The
 * image is at a random place, which the nucleus has chosen by the time that its boot() returns: gdb reads it there.
 */
void gdb_announce(unsigned port, const char *image);

#endif
