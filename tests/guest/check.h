/* For guest tests that check many things: each failure is one line that says where, and the exit status counts. */
#ifndef GUEST_CHECK_H
#define GUEST_CHECK_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int check_failures;

#define CHECK(condition)                                                                                               \
        do {                                                                                                           \
                if (!(condition)) {                                                                                    \
                        printf("FAILED %s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno);                \
                        check_failures++;                                                                              \
                }                                                                                                      \
        } while (0)

/* The call fails with -1 and this errno. */
#define CHECK_FAILS(call, error)                                                                                       \
        do {                                                                                                           \
                errno = 0;                                                                                             \
                long check_result = (long)(call);                                                                      \
                if (check_result != -1 || errno != (error)) {                                                          \
                        printf("FAILED %s:%d: %s gave %ld, errno %d, not %d\n", __FILE__, __LINE__, #call,             \
                               check_result, errno, (error));                                                          \
                        check_failures++;                                                                              \
                }                                                                                                      \
        } while (0)

static inline int check_done(void)
{
        puts(check_failures == 0 ? "all checks passed" : "some checks failed");
        return check_failures == 0 ? 0 : 1;
}

#endif
