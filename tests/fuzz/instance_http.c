/* The metadata service's answer comes from the network: any bytes, in any pieces, are an answer, a part of one, or
 * none. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libos/instance/metadata/http.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        enum http_state before = HTTP_MORE;
        for (size_t have = 0; have <= bytes; have += have < 64 ? 1 : bytes - have < 64 ? 1 : (bytes - have) / 2) {
                struct http_reply reply = {0};
                char *copy = malloc(have);
                memcpy(copy, data, have);
                const enum http_state state = http_read(copy, have, have == bytes, &reply);
                if (before == HTTP_BAD && state != HTTP_BAD)
                        abort(); /* more bytes make nothing good */
                if (state == HTTP_DONE) {
                        volatile unsigned sum = reply.status;
                        if (reply.body < copy || reply.body > copy + have ||
                            reply.bytes > (size_t)(copy + have - reply.body))
                                abort();
                        for (size_t i = 0; i < reply.bytes; i++)
                                sum += (unsigned char)reply.body[i];
                }
                free(copy);
                before = state;
        }
        return 0;
}
