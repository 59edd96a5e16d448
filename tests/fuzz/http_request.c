/* Fuzzes the HTTP request parser and the target decoder: any bytes, split anywhere, give a status and no bad access. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apps/httpd/files.h"
#include "apps/httpd/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        if (bytes < 1)
                return 0;
        size_t length = bytes - 1;
        size_t first = length == 0 ? 0 : data[0] % (length + 1); /* as if it came in two pieces */
        char *text = malloc(length + 1);
        struct request request, again;
        size_t scanned = 0;
        size_t fresh = 0;

        if (text == NULL)
                return 0;
        memcpy(text, data + 1, length);
        int status = request_parse(text, first, &scanned, &request);
        if (status == REQUEST_INCOMPLETE) {
                status = request_parse(text, length, &scanned, &request);
                /* Where the pieces were cut must not matter. */
                if (status != request_parse(text, length, &fresh, &again))
                        abort();
        }
        if (status == 0) {
                char path[REQUEST_TARGET_MAX + 16];
                if (request.head_bytes > length)
                        abort();
                if (files_decode_target(request.target, path, sizeof path) == 0 &&
                    (path[0] != '/' || strstr(path, "/../") != NULL || strlen(path) >= sizeof path))
                        abort();
        }
        free(text);
        return 0;
}
