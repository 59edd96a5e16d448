/* syslog (POSIX.1-2024, XSH closelog): into the library OS's log. Errors and warnings reach the console. */
#include <syslog.h>

/* The same names mean other things in coracle/log.h. */
enum { SYSLOG_ERROR = LOG_ERR, SYSLOG_WARNING = LOG_WARNING };
#undef LOG_WARNING
#undef LOG_INFO

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <coracle/log.h>

#define MESSAGE_BYTES 256

static const char *name = "syslog";
static int mask = LOG_UPTO(LOG_DEBUG);

void openlog(const char *program, int options, int facility)
{
        (void)options;
        (void)facility;
        name = program != NULL ? program : "syslog";
}

void closelog(void)
{
        name = "syslog";
}

int setlogmask(int new_mask)
{
        int old = mask;
        if (new_mask != 0)
                mask = new_mask;
        return old;
}

/* Replaces %m, which printf does not know, by errno's text, itself safe as a format. */
static void expand_error(char *to, size_t bytes, const char *format, int error)
{
        size_t used = 0;
        while (*format != '\0' && used + 2 < bytes) {
                if (format[0] == '%' && format[1] == 'm') {
                        const char *text = strerror(error);
                        while (*text != '\0' && used + 2 < bytes)
                                to[used++] = *text++;
                        format += 2;
                } else {
                        if (format[0] == '%' && format[1] == '%')
                                to[used++] = *format++;
                        to[used++] = *format++;
                }
        }
        to[used] = '\0';
}

void vsyslog(int priority, const char *format, va_list arguments)
{
        char expanded[MESSAGE_BYTES];
        char message[MESSAGE_BYTES];
        int severity = LOG_PRI(priority);
        if ((mask & LOG_MASK(severity)) == 0)
                return;
        expand_error(expanded, sizeof(expanded), format, errno);
        vsnprintf(message, sizeof(message), expanded, arguments);
        size_t length = strlen(message);
        if (length != 0 && message[length - 1] == '\n')
                message[length - 1] = '\0';
        enum log_level level =
                severity <= SYSLOG_ERROR ? LOG_ERROR : (severity <= SYSLOG_WARNING ? LOG_WARNING : LOG_INFO);
        log_write(level, name, "%s", message);
}

void syslog(int priority, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        vsyslog(priority, format, arguments);
        va_end(arguments);
}
