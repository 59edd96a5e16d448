/* Requests to end the guest; see power.h. */
#include <power.h>

#include <stdatomic.h>

#define NOTHING (-1)

static atomic_int pending = NOTHING;

void power_requested(enum platform_request request)
{
        const int before = atomic_exchange_explicit(&pending, (int)request, memory_order_acq_rel);
        if (before == NOTHING && libos_hooks.power_request != NULL)
                libos_hooks.power_request(request);
}

bool power_request_pending(enum platform_request *request)
{
        const int value = atomic_load_explicit(&pending, memory_order_acquire);
        *request = value == PLATFORM_REQUEST_REBOOT ? PLATFORM_REQUEST_REBOOT : PLATFORM_REQUEST_POWER_OFF;
        return value != NOTHING;
}

void platform_power_listen(void)
{
        xen_power_listen();
        acpi_power_listen();
}
