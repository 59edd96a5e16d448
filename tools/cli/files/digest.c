/* SHA-256 by libmd, and GUIDs; see digest.h. */
#include "digest.h"

#include <sha2.h>
#include <string.h>

struct digest digest_of(const void *bytes, size_t count)
{
        struct digest digest;
        SHA2_CTX context;
        SHA256Init(&context);
        SHA256Update(&context, bytes, count);
        SHA256Final(digest.bytes, &context);
        return digest;
}

void digest_add_hex(const struct digest *digest, struct text *text)
{
        for (unsigned i = 0; i < DIGEST_BYTES; i++)
                text_add(text, "%02x", digest->bytes[i]);
}

void digest_guid(uint8_t guid[GUID_BYTES], const struct digest *content, const char *purpose)
{
        struct text named = {0};
        text_add_bytes(&named, content->bytes, DIGEST_BYTES);
        text_add_bytes(&named, purpose, strlen(purpose));
        const struct digest digest = digest_of(named.bytes, named.length);
        text_free(&named);
        memcpy(guid, digest.bytes, GUID_BYTES);
        guid[7] = (uint8_t)((guid[7] & 0x0f) | 0x80); /* the third field is little-endian */
        guid[8] = (uint8_t)((guid[8] & 0x3f) | 0x80);
}
