/* Other people's programs, run to the end: qemu-img and xorriso. */
#ifndef CLI_FILES_TOOL_H
#define CLI_FILES_TOOL_H

/*
 * Runs argv[0], found on PATH, with its output unseen. When it cannot be run or fails, ends the command with what it
 * said last, or with the name of the Debian package that has it.
 */
void tool_run(char *const argv[], const char *package);

#endif
