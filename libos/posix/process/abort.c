/* abort and failed assertions (ISO C 7.22.4.1, 7.2.1.1): a handler may leave by longjmp, else a crash report. */
#include <stdlib.h>

#include <coracle/log.h>

#include <platform.h>

#include "signal.h"

void __assert_func(const char *file, int line, const char *function, const char *expression);

void abort(void)
{
        if (signal_before_abort != NULL)
                signal_before_abort();
        platform_crash("abort() called");
}

/* What newlib's assert calls when the expression is false. */
void __assert_func(const char *file, int line, const char *function, const char *expression)
{
        static char reason[200]; /* static: the report is read after this frame may be gone */
        format_text(reason, sizeof(reason), "assertion failed: %s, %s:%d%s%s", expression, file, line,
                    function != NULL ? ", " : "", function != NULL ? function : "");
        if (signal_before_abort != NULL)
                signal_before_abort();
        platform_crash(reason);
}
