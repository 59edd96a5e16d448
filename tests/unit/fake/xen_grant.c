/* The grant table on the host: see xen_grant.h. */
#include <errno.h>
#include <string.h>

#include <fake/xen_grant.h>
#include <platform.h>

struct fake_grant fake_grants[FAKE_GRANTS];
unsigned fake_grants_left;

void fake_grant_reset(void)
{
        memset(fake_grants, 0, sizeof fake_grants);
        fake_grants_left = FAKE_GRANTS;
}

unsigned fake_grants_used(void)
{
        unsigned count = 0;
        for (unsigned i = 0; i < FAKE_GRANTS; i++)
                count += fake_grants[i].granted;
        return count;
}

uint8_t *fake_grant_use(grant_reference reference, bool write)
{
        if (reference >= FAKE_GRANTS)
                return NULL;
        const struct fake_grant *grant = &fake_grants[reference];
        return grant->granted && grant->domain == 0 && !(write && grant->read_only) ? grant->page : NULL;
}

int grant_page(uint16_t domain, const void *pointer, bool read_only, grant_reference *reference)
{
        if (platform_dma_address(pointer) == PLATFORM_NO_DMA)
                return -EINVAL;
        if (fake_grants_left == 0)
                return -ENOSPC;
        for (grant_reference i = 8; i < FAKE_GRANTS; i++) {
                if (fake_grants[i].granted)
                        continue;
                fake_grants_left--;
                const uintptr_t page = (uintptr_t)pointer & ~(PLATFORM_PAGE_SIZE - 1);
                fake_grants[i] = (struct fake_grant){
                        .granted = true, .read_only = read_only, .domain = domain, .page = (uint8_t *)page};
                *reference = i;
                return 0;
        }
        return -ENOSPC;
}

int grant_try_revoke(grant_reference reference)
{
        if (reference < 8 || reference >= FAKE_GRANTS || !fake_grants[reference].granted)
                return -EINVAL;
        if (fake_grants[reference].mapped)
                return -EBUSY;
        fake_grants[reference].granted = false;
        fake_grants_left++;
        return 0;
}

int grant_revoke(grant_reference reference)
{
        const int error = grant_try_revoke(reference);
        if (error == -EBUSY)
                fake_grants[reference].lost = true;
        return error;
}

bool grant_in_use(grant_reference reference)
{
        return reference < FAKE_GRANTS && fake_grants[reference].mapped;
}
