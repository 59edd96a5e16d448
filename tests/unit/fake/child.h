/* Tests of what is never forgotten (a peer that lied, a request that was made): each in a process of its own. */
#ifndef CORACLE_FAKE_CHILD_H
#define CORACLE_FAKE_CHILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs `test` in a child, and fails when it did. It checks with child_check: cmocka is the parent's. */
static inline void in_a_child(void (*test)(void))
{
        int status = 0;
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                test();
                _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
}

static inline void child_check(bool good)
{
        if (!good)
                _exit(1);
}

#endif
