/* Reads /proc/net/dev; see link_counters.h. */
#include "link_counters.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int link_counters_open(void)
{
        return open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC);
}

/* "  eth0: " and eight numbers of what it received, of which the first are bytes; then as many of what it sent. */
static bool read_line(const char *line, const char *interface, uint64_t *received, uint64_t *sent)
{
        const size_t length = strlen(interface);
        line += strspn(line, " ");
        return strncmp(line, interface, length) == 0 && line[length] == ':' &&
               sscanf(line + length + 1, "%" SCNu64 " %*u %*u %*u %*u %*u %*u %*u %" SCNu64, received, sent) == 2;
}

bool link_counters_read(int list, const char *interface, uint64_t *received, uint64_t *sent)
{
        char line[512];
        const int copy = lseek(list, 0, SEEK_SET) == 0 ? dup(list) : -1;
        FILE *file = copy >= 0 ? fdopen(copy, "r") : NULL; /* a new one each time: nothing old is in its buffer */
        bool is_found = false;
        if (file == NULL) {
                if (copy >= 0)
                        close(copy);
                return false;
        }
        while (!is_found && fgets(line, sizeof(line), file) != NULL)
                is_found = read_line(line, interface, received, sent);
        fclose(file);
        return is_found;
}
