/* coracle_thread_count: the threads of the guest, for programs. */
#include <coracle/sched.h>
#include <coracle/stats.h>

unsigned coracle_thread_count(void)
{
        return thread_count();
}
