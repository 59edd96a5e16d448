/* Replies of name servers. The input is the reply; identifier and question are made to match. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libos/net/names/dns_message.h"

static void each(void *ctx, const struct dns_answer *answer)
{
        unsigned *sum = ctx;
        for (unsigned i = 0; i < answer->bytes; i++)
                *sum += answer->data[i];
        if (answer->name != NULL && strlen(answer->name) >= DNS_NAME_MAX)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        uint8_t query[DNS_MESSAGE_MAX];
        size_t bytes = dns_query_build(query, 1, "host.example", DNS_TYPE_A);
        uint8_t *reply = malloc(bytes + size + 12);
        unsigned sum = 0;
        bool truncated;
        /* as it is */
        memcpy(reply, data, size);
        (void)dns_reply_read(reply, size, query, bytes, each, &sum, &truncated);
        /* behind a header that fits */
        memcpy(reply, query, bytes);
        reply[2] |= 0x80;
        if (size > 0) {
                reply[7] = data[0];
                memcpy(reply + bytes, data + 1, size - 1);
                uint8_t *exact = malloc(bytes + size - 1);
                memcpy(exact, reply, bytes + size - 1);
                (void)dns_reply_read(exact, bytes + size - 1, query, bytes, each, &sum, &truncated);
                free(exact);
        }
        free(reply);
        return 0;
}
