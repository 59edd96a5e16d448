/*
 * What the library OS gives to the platform (platform.h). The weak ones are there when the program links something that
 * needs them: a timer, a thread, a wait for the outside.
 */
#include <platform.h>

#include "../sched/cpu.h"
#include "crash.h"
#include "power.h"

const struct platform_hooks libos_hooks = {
        .boot_cpu = &cpu_boot,
        .timer = cpu_timer,
        .interrupt_exit = cpu_interrupt_exit,
        .describe_crash = crash_describe,
        .power_request = power_request,
};
