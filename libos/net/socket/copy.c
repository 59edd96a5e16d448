/* Walking a caller's vector of buffers. */
#include <string.h>

#include "socket.h"
#include "lwip/pbuf.h"

void cursor_start(struct vector_cursor *cursor, const struct iovec *vector, int count)
{
        *cursor = (struct vector_cursor){vector, count, 0};
}

size_t cursor_take(struct vector_cursor *cursor, size_t most, void **part)
{
        while (cursor->left > 0 && cursor->offset == cursor->piece->iov_len) {
                cursor->piece++;
                cursor->left--;
                cursor->offset = 0;
        }
        if (cursor->left <= 0)
                return 0;
        size_t bytes = cursor->piece->iov_len - cursor->offset;
        if (bytes > most)
                bytes = most;
        *part = (char *)cursor->piece->iov_base + cursor->offset;
        cursor->offset += bytes;
        return bytes;
}

void cursor_write(struct vector_cursor *cursor, const void *data, size_t bytes)
{
        void *part;
        for (size_t done = 0, now; done < bytes && (now = cursor_take(cursor, bytes - done, &part)) != 0; done += now)
                memcpy(part, (const char *)data + done, now);
}

void cursor_read(struct vector_cursor *cursor, void *data, size_t bytes)
{
        void *part;
        for (size_t done = 0, now; done < bytes && (now = cursor_take(cursor, bytes - done, &part)) != 0; done += now)
                memcpy((char *)data + done, part, now);
}

void cursor_write_pbuf(struct vector_cursor *cursor, const struct pbuf *pbuf, size_t offset, size_t bytes)
{
        for (; pbuf != NULL && bytes > 0; pbuf = pbuf->next) {
                if (offset >= pbuf->len) {
                        offset -= pbuf->len;
                        continue;
                }
                size_t now = pbuf->len - offset < bytes ? pbuf->len - offset : bytes;
                cursor_write(cursor, (const char *)pbuf->payload + offset, now);
                bytes -= now;
                offset = 0;
        }
}
