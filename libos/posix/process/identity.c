/* Who runs: one process, one user, root, who is alone. Setting any of it to what it is works. */
#include <errno.h>
#include <grp.h>
#include <unistd.h>

#include "../edge.h"

#define PROCESS 1

pid_t getpid(void)
{
        return PROCESS;
}

pid_t getppid(void)
{
        return 0;
}

pid_t getpgrp(void)
{
        return PROCESS;
}

pid_t getpgid(pid_t process)
{
        return process == 0 || process == PROCESS ? PROCESS : edge_status(-ESRCH);
}

pid_t getsid(pid_t process)
{
        return getpgid(process);
}

int setpgid(pid_t process, pid_t group)
{
        return edge_status((process == 0 || process == PROCESS) && (group == 0 || group == PROCESS) ? 0 : -EPERM);
}

int setpgrp(void)
{
        return 0;
}

/* The process leads its session already. */
pid_t setsid(void)
{
        return edge_status(-EPERM);
}

uid_t getuid(void)
{
        return 0;
}

uid_t geteuid(void)
{
        return 0;
}

gid_t getgid(void)
{
        return 0;
}

gid_t getegid(void)
{
        return 0;
}

static int only_root(unsigned id)
{
        return edge_status(id == 0 ? 0 : -EPERM);
}

int setuid(uid_t user)
{
        return only_root(user);
}

int seteuid(uid_t user)
{
        return only_root(user);
}

int setgid(gid_t group)
{
        return only_root(group);
}

int setegid(gid_t group)
{
        return only_root(group);
}

int getgroups(int count, gid_t *groups)
{
        if (count > 0)
                groups[0] = 0;
        return count < 0 ? edge_status(-EINVAL) : 1;
}

int setgroups(int count, const gid_t *groups)
{
        for (int i = 0; i < count; i++) {
                if (groups[i] != 0)
                        return edge_status(-EPERM);
        }
        return 0;
}

int initgroups(const char *name, gid_t group)
{
        (void)name;
        return only_root(group);
}

int issetugid(void)
{
        return 0;
}
