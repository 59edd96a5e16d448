/* What the program can ask for: coracle/instance.h. */
#include "cloud.h"

#include <stdlib.h>
#include <string.h>

#include <coracle/instance.h>

/* Whoever asks wants the sources to be asked too. */
static const char *const with_instance __attribute__((used)) = &coracle_instance;

static char *kept_id;
static char *kept_data;
static size_t kept_bytes;

void instance_keep_id(const char *id)
{
        if (kept_id == NULL)
                kept_id = strdup(id);
}

void instance_keep_user_data(const void *data, size_t bytes)
{
        if (kept_data != NULL || (kept_data = malloc(bytes + 1)) == NULL)
                return;
        memcpy(kept_data, data, bytes);
        kept_data[bytes] = '\0';
        kept_bytes = bytes;
}

const char *coracle_instance_id(void)
{
        return kept_id;
}

const void *coracle_instance_user_data(size_t *bytes)
{
        *bytes = kept_bytes;
        return kept_data;
}
