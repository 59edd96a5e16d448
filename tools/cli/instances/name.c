/* Which names guests in the background may have; see name.h. */
#include "name.h"

#include <string.h>

bool instance_name_is_good(const char *name)
{
        static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
        const size_t length = strlen(name);
        return length >= 1 && length <= INSTANCE_NAME_MAX && strchr(first, name[0]) != NULL &&
               strspn(name, others) == length;
}
