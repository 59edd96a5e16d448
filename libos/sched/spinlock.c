/* Spinlocks: taken for a few instructions, interrupts disabled meanwhile, so the holder cannot be preempted. */
#include "cpu.h"

void spin_lock(struct spinlock *lock)
{
        bool interrupts = platform_interrupts_disable();

        spin_lock_raw(lock);
        lock->interrupts = interrupts;
}

void spin_unlock(struct spinlock *lock)
{
        bool interrupts = lock->interrupts;

        spin_unlock_raw(lock);
        platform_interrupts_restore(interrupts);
}
