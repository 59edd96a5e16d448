/* The system's and the host's name. The host's is `coracle.hostname=`, or what sethostname said. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <coracle/options.h>
#include <coracle/version.h>

#include "../edge.h"

static char host[_UTSNAME_LENGTH];

static void copy(char *to, const char *from)
{
        size_t length = strlen(from);
        if (length > _UTSNAME_LENGTH - 1)
                length = _UTSNAME_LENGTH - 1;
        memcpy(to, from, length);
        to[length] = '\0';
}

static const char *host_name(void)
{
        if (host[0] == '\0') {
                const char *option = option_get("hostname");
                copy(host, option != NULL && option[0] != '\0' ? option : "coracle");
        }
        return host;
}

int uname(struct utsname *system)
{
        copy(system->sysname, "Coracle");
        copy(system->nodename, host_name());
        copy(system->release, CORACLE_VERSION);
        copy(system->version, "Coracle " CORACLE_VERSION);
        copy(system->machine, "x86_64");
        copy(system->domainname, "(none)");
        return 0;
}

int gethostname(char *name, size_t bytes)
{
        const char *from = host_name();
        size_t length = strlen(from);
        if (length >= bytes)
                return edge_status(-ENAMETOOLONG);
        memcpy(name, from, length + 1);
        return 0;
}

int sethostname(const char *name, size_t length)
{
        if (length == 0 || length > _UTSNAME_LENGTH - 1)
                return edge_status(-EINVAL);
        memcpy(host, name, length);
        host[length] = '\0';
        return 0;
}

int getdomainname(char *name, size_t bytes)
{
        if (bytes < sizeof("(none)"))
                return edge_status(-EINVAL);
        memcpy(name, "(none)", sizeof("(none)"));
        return 0;
}

long gethostid(void)
{
        return 0;
}
