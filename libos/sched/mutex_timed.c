/* Mutexes with a deadline. */
#include "cpu.h"

int mutex_lock_until(struct mutex *mutex, uint64_t deadline)
{
        return mutex_try_lock(mutex) ? 0 : mutex_lock_slowly(mutex, deadline, wait_queue_sleep);
}
