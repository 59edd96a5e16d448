/* SHA-256, and what is derived from it: the same input makes the same image, identifiers included. */
#ifndef CLI_FILES_DIGEST_H
#define CLI_FILES_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "../text.h"

#define DIGEST_BYTES 32
#define GUID_BYTES   16

struct digest {
        uint8_t bytes[DIGEST_BYTES];
};

struct digest digest_of(const void *bytes, size_t count);

/* 64 hexadecimal digits. */
void digest_add_hex(const struct digest *digest, struct text *text);

/* A GUID (RFC 9562, version 8) for `purpose` in what `content` identifies, in the byte order of GPT and UEFI. */
void digest_guid(uint8_t guid[GUID_BYTES], const struct digest *content, const char *purpose);

#endif
