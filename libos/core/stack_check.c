/* Where functions compiled with the stack protector go when the canary beside their return address has changed. */
#include <platform.h>

_Noreturn void __stack_chk_fail(void);

/* Not protected itself: the canary in its own frame could send it round in circles. */
__attribute__((no_stack_protector)) void __stack_chk_fail(void)
{
        platform_crash("stack smashing detected");
}
