/*
 * The guest is asked to end (the toolstack's shutdown, a power button): the program gets SIGTERM, as a process gets it
 * from its init, and the time of a grace to end by itself. What the default action of SIGTERM is, happens at once.
 *
 * Linked with what waits or handles signals: others end by themselves or are ended from outside.
 */
#include <stdlib.h>
#include <signal.h>

#include <coracle/init.h>
#include <coracle/log.h>
#include <coracle/options.h>
#include <coracle/timer.h>

#include <libos/core/power.h>
#include <platform.h>

#include "../wait/hears_requests.h"
#include "signal.h"

const char power_is_heard = 1;

#define GRACE_DEFAULT 10u /* seconds */
#define GRACE_MAX     86400u
#define NS_PER_SECOND 1000000000ull

static struct timer grace;
static unsigned grace_seconds = GRACE_DEFAULT;

static _Noreturn void end(void)
{
        platform_exit(EXIT_BY_SIGNAL + SIGTERM);
}

static void run_out(void *ctx)
{
        (void)ctx;
        log_warning("power", "the program did not end within %u s of SIGTERM: it is ended", grace_seconds);
        end();
}

void power_request(enum platform_request request)
{
        log_info("power", "%s is requested", request == PLATFORM_REQUEST_REBOOT ? "a reboot" : "power-off");
        timer_init(&grace, run_out, NULL);
        timer_start(&grace, platform_clock_monotonic() + grace_seconds * NS_PER_SECOND);
        if (signal_from_outside == NULL)
                end();
        signal_from_outside(SIGTERM);
}

void power_start(void)
{
        const char *value = option_get("grace");
        char *rest = NULL;
        if (value != NULL) {
                const unsigned long seconds = strtoul(value, &rest, 10);
                if (rest == value || *rest != '\0' || value[0] == '-' || seconds > GRACE_MAX)
                        log_warning("power", "coracle.grace=%s is not a number of seconds up to %u: it is %u", value,
                                    GRACE_MAX, GRACE_DEFAULT);
                else
                        grace_seconds = (unsigned)seconds;
        }
        platform_power_listen();
}
