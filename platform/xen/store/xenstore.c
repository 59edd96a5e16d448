/* The calls of xenstore.h: each makes a path, asks, and checks the answer's form. */
#include <errno.h>
#include <string.h>

#include <coracle/log.h>

#include "wire.h"

/* The whole path, in the caller's memory. Returns its length, the final NUL counted, or 0: it does not fit. */
static size_t join(char path[XENSTORE_PATH_MAX], const char *directory, const char *name)
{
        const size_t length = format_text(path, XENSTORE_PATH_MAX, "%s%s%s", directory, name != NULL ? "/" : "",
                                          name != NULL ? name : "");
        return length < XENSTORE_PATH_MAX ? length + 1 : 0;
}

/* One request about one key, with an optional value. The lock is held; the reply is as in xenstore_ask. */
static int ask(enum xsd_sockmsg_type type, xenstore_transaction transaction, const char *directory, const char *name,
               const char *value, const char **reply, size_t *bytes)
{
        char path[XENSTORE_PATH_MAX];
        const size_t length = join(path, directory, name);
        if (length == 0)
                return -ENAMETOOLONG;
        const struct xenstore_part parts[] = {{path, length}, {value, value != NULL ? strlen(value) : 0}};
        return xenstore_ask(type, transaction, parts, value != NULL ? 2 : 1, reply, bytes);
}

/* A request whose answer is only whether it worked. */
static int tell(enum xsd_sockmsg_type type, xenstore_transaction transaction, const char *directory, const char *name,
                const char *value)
{
        const char *reply;
        size_t bytes;
        xenstore_lock();
        const int error = ask(type, transaction, directory, name, value, &reply, &bytes);
        xenstore_unlock();
        return error;
}

int xenstore_read(xenstore_transaction transaction, const char *directory, const char *name, char *value, size_t bytes)
{
        const char *reply;
        size_t length;
        xenstore_lock();
        int result = ask(XS_READ, transaction, directory, name, NULL, &reply, &length);
        if (result == 0 && (length >= bytes || memchr(reply, '\0', length) != NULL))
                result = -E2BIG;
        if (result == 0) {
                memcpy(value, reply, length + 1);
                result = (int)length;
        }
        xenstore_unlock();
        return result;
}

/* Digits only; false when there is anything else, or the number is greater than `most`. */
static bool parse(const char *text, uint64_t most, uint64_t *number)
{
        uint64_t value = 0;
        if (*text == '\0')
                return false;
        for (; *text != '\0'; text++) {
                const uint64_t digit = (uint64_t)(unsigned char)*text - '0';
                if (digit > 9 || digit > most || value > (most - digit) / 10)
                        return false;
                value = value * 10 + digit;
        }
        *number = value;
        return true;
}

int xenstore_read_number(xenstore_transaction transaction, const char *directory, const char *name, uint64_t most,
                         uint64_t *number)
{
        char text[24];
        const int length = xenstore_read(transaction, directory, name, text, sizeof text);
        if (length == -E2BIG)
                return -EINVAL;
        if (length < 0)
                return length;
        return parse(text, most, number) ? 0 : -EINVAL;
}

int xenstore_list(xenstore_transaction transaction, const char *directory, const char *name, char *names, size_t bytes)
{
        const char *reply;
        size_t length;
        xenstore_lock();
        int result = ask(XS_DIRECTORY, transaction, directory, name, NULL, &reply, &length);
        if (result == 0 && length != 0 && reply[length - 1] != '\0')
                result = -EIO;
        if (result == 0 && length > bytes)
                result = -E2BIG;
        if (result == 0) {
                memcpy(names, reply, length);
                for (size_t i = 0; i < length; i++)
                        result += names[i] == '\0';
        }
        xenstore_unlock();
        return result;
}

int xenstore_write(xenstore_transaction transaction, const char *directory, const char *name, const char *value)
{
        return tell(XS_WRITE, transaction, directory, name, value);
}

int xenstore_write_number(xenstore_transaction transaction, const char *directory, const char *name, uint64_t number)
{
        char text[24];
        format_text(text, sizeof text, "%llu", (unsigned long long)number);
        return tell(XS_WRITE, transaction, directory, name, text);
}

int xenstore_make(xenstore_transaction transaction, const char *directory, const char *name)
{
        return tell(XS_MKDIR, transaction, directory, name, NULL);
}

int xenstore_remove(xenstore_transaction transaction, const char *directory, const char *name)
{
        return tell(XS_RM, transaction, directory, name, NULL);
}

static int transaction_start(xenstore_transaction *transaction)
{
        static const struct xenstore_part nothing = {"", 1};
        const char *reply;
        size_t bytes;
        uint64_t number = 0;
        xenstore_lock();
        int error = xenstore_ask(XS_TRANSACTION_START, XENSTORE_ALONE, &nothing, 1, &reply, &bytes);
        if (error == 0 && (!parse(reply, UINT32_MAX, &number) || number == XENSTORE_ALONE))
                error = -EIO;
        xenstore_unlock();
        *transaction = (xenstore_transaction)number;
        return error;
}

static int transaction_end(xenstore_transaction transaction, bool keep)
{
        const struct xenstore_part word = {keep ? "T" : "F", 2};
        const char *reply;
        size_t bytes;
        xenstore_lock();
        const int error = xenstore_ask(XS_TRANSACTION_END, transaction, &word, 1, &reply, &bytes);
        xenstore_unlock();
        return error;
}

int xenstore_transact(int (*body)(xenstore_transaction transaction, void *ctx), void *ctx)
{
        int error = -EAGAIN;
        for (unsigned attempt = 0; attempt < XENSTORE_ATTEMPTS && error == -EAGAIN; attempt++) {
                xenstore_transaction transaction;
                error = transaction_start(&transaction);
                if (error != 0)
                        return error;
                const int failed = body(transaction, ctx);
                error = transaction_end(transaction, failed == 0);
                if (failed != 0)
                        return failed;
        }
        return error;
}
