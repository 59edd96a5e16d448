/* The user and group data bases: one entry each, root. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "../edge.h"

static char name[] = "root";
static char nothing[] = "";
static char home[] = "/";
static char *members[] = {name, NULL};
static struct passwd user = {.pw_name = name, .pw_passwd = nothing, .pw_dir = home, .pw_shell = nothing};
static struct group group = {.gr_name = name, .gr_passwd = nothing, .gr_mem = members};
static int users_read, groups_read; /* by getpwent and getgrent */

struct passwd *getpwnam(const char *wanted)
{
        user.pw_gecos = nothing;
        user.pw_comment = nothing;
        return strcmp(wanted, name) == 0 ? &user : NULL;
}

struct passwd *getpwuid(uid_t id)
{
        return id == 0 ? getpwnam(name) : NULL;
}

/* The strings are static: the caller's buffer is not needed. */
int getpwnam_r(const char *wanted, struct passwd *entry, char *buffer, size_t bytes, struct passwd **result)
{
        (void)buffer;
        (void)bytes;
        struct passwd *found = getpwnam(wanted);
        *result = found == NULL ? NULL : entry;
        if (found != NULL)
                *entry = *found;
        return 0;
}

int getpwuid_r(uid_t id, struct passwd *entry, char *buffer, size_t bytes, struct passwd **result)
{
        return getpwnam_r(id == 0 ? name : nothing, entry, buffer, bytes, result);
}

struct passwd *getpwent(void)
{
        return users_read++ == 0 ? getpwnam(name) : NULL;
}

void setpwent(void)
{
        users_read = 0;
}

void endpwent(void)
{
        users_read = 0;
}

struct group *getgrnam(const char *wanted)
{
        return strcmp(wanted, name) == 0 ? &group : NULL;
}

struct group *getgrgid(gid_t id)
{
        return id == 0 ? &group : NULL;
}

int getgrnam_r(const char *wanted, struct group *entry, char *buffer, size_t bytes, struct group **result)
{
        (void)buffer;
        (void)bytes;
        struct group *found = getgrnam(wanted);
        *result = found == NULL ? NULL : entry;
        if (found != NULL)
                *entry = *found;
        return 0;
}

int getgrgid_r(gid_t id, struct group *entry, char *buffer, size_t bytes, struct group **result)
{
        return getgrnam_r(id == 0 ? name : nothing, entry, buffer, bytes, result);
}

struct group *getgrent(void)
{
        return groups_read++ == 0 ? &group : NULL;
}

void setgrent(void)
{
        groups_read = 0;
}

void endgrent(void)
{
        groups_read = 0;
}

char *getlogin(void)
{
        return name;
}

int getlogin_r(char *buffer, size_t bytes)
{
        if (bytes < sizeof(name))
                return ERANGE;
        memcpy(buffer, name, sizeof(name));
        return 0;
}
