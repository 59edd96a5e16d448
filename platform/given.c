/* What the guest was given beside the command line, from where each kind of it comes. */
#include <cdrom/cdrom.h>
#include <fw_cfg/fw_cfg.h>

int64_t platform_given(enum platform_gift kind, unsigned index, char name[PLATFORM_GIVEN_NAME], uint64_t offset,
                       void *buffer, size_t bytes)
{
        return kind == PLATFORM_GIVEN_DISC ? cdrom_given(index, name, offset, buffer, bytes)
                                           : fw_cfg_given(index, name, buffer, bytes);
}
