/*
 * The toolstack's requests (docs/misc/xenstore-paths.pandoc of Xen's sources, control/shutdown): it writes a word, and
 * the guest takes it away to say that it has seen it. feature-* say which words are understood; they are written by the
 * watch's first call, in xenstore's thread, so that the program does not wait for the store.
 */
#include <power.h>

#include <string.h>

#include <coracle/log.h>
#include <xen/hypercall.h>
#include <xen/store/xenstore.h>

#define DIRECTORY "control"
#define KEY       "shutdown"

static void offer(void)
{
        static bool offered;
        if (offered)
                return;
        offered = true;
        (void)xenstore_write(XENSTORE_ALONE, DIRECTORY, "feature-poweroff", "1");
        (void)xenstore_write(XENSTORE_ALONE, DIRECTORY, "feature-reboot", "1");
}

/* Reads the word and, in the same transaction, takes it away. */
static int take_word(xenstore_transaction transaction, void *ctx)
{
        char *word = ctx;
        const int length = xenstore_read(transaction, DIRECTORY, KEY, word, XENSTORE_VALUE_MAX);
        if (length <= 0)
                return length;
        return xenstore_write(transaction, DIRECTORY, KEY, "");
}

static void changed(void *ctx)
{
        char word[XENSTORE_VALUE_MAX] = "";
        (void)ctx;
        offer();
        if (xenstore_transact(take_word, word) != 0 || word[0] == '\0')
                return;
        if (strcmp(word, "poweroff") == 0 || strcmp(word, "halt") == 0)
                power_requested(PLATFORM_REQUEST_POWER_OFF);
        else if (strcmp(word, "reboot") == 0)
                power_requested(PLATFORM_REQUEST_REBOOT);
        else
                log_warning("xen", "the toolstack asks for '%s', which is not supported", word);
}

void xen_power_listen(void)
{
        static struct xenstore_watch watch = {.path = DIRECTORY "/" KEY, .changed = changed};
        if (!xen_is_present())
                return;
        const int error = xenstore_watch(&watch);
        if (error != 0)
                log_info("xen", "requests to shut down are not heard: error %d", -error);
}
