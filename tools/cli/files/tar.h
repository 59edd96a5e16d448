/* Archives as tar reads them (POSIX.1-2017, pax, "ustar Interchange Format"). */
#ifndef CLI_FILES_TAR_H
#define CLI_FILES_TAR_H

#include <stdbool.h>
#include <stdint.h>

#include "../text.h"

/*
 * Adds the header of a directory or of a file of so many bytes, which the caller adds behind it. No time, no names of
 * owners. False: the name has more than 100 bytes, or the file has 8 GiB or more.
 */
bool tar_add_header(struct text *archive, const char *name, bool is_directory, uint64_t bytes, unsigned owner);

/* Adds what follows the archive's last file, which has so many bytes: the rest of its last block, and the end. */
void tar_add_end(struct text *archive, uint64_t bytes);

#endif
