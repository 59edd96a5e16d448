/* How a domain ends; see power.h. */
#include <xen/power/power.h>

#include <power.h>
#include <xen/hypercall.h>

#include <xen/sched.h>

#define NO_CANARY __attribute__((no_stack_protector)) /* the way out of a crash, see x86_64/crash/crash.c */

#define STATUS_OF_A_CRASH 134

NO_CANARY static unsigned reason_of(int status)
{
        enum platform_request request;
        if (status != STATUS_OF_A_CRASH && power_request_pending != NULL && power_request_pending(&request))
                return request == PLATFORM_REQUEST_REBOOT ? SHUTDOWN_reboot : SHUTDOWN_poweroff;
        return status == 0 ? SHUTDOWN_poweroff : SHUTDOWN_crash;
}

NO_CANARY void xen_end(int status)
{
        if (xen_is_present())
                xen_shutdown(reason_of(status));
}
