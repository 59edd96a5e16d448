/*
 * Calls that need a second process. They link, because programs carry code that calls them and may never run it, and
 * fail with ENOSYS; the linker warns of each use, and configure scripts find them missing (see limits.h).
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <unistd.h>

#include "../edge.h"

/* The linker prints the section's text wherever the function is called. */
#define ALWAYS_FAILS(name)                                                                                             \
        __asm__(".pushsection .gnu.warning." #name ",\"\",@progbits\n"                                                 \
                ".ascii \"" #name " always fails here (ENOSYS): there is one process\"\n"                              \
                ".popsection")

ALWAYS_FAILS(chroot);
ALWAYS_FAILS(execl);
ALWAYS_FAILS(execle);
ALWAYS_FAILS(execlp);
ALWAYS_FAILS(execv);
ALWAYS_FAILS(execve);
ALWAYS_FAILS(execvp);
ALWAYS_FAILS(execvpe);
ALWAYS_FAILS(fexecve);
ALWAYS_FAILS(fork);
ALWAYS_FAILS(popen);
ALWAYS_FAILS(posix_spawn);
ALWAYS_FAILS(posix_spawnp);
ALWAYS_FAILS(vfork);

static int absent(void)
{
        return edge_status(-ENOSYS);
}

pid_t fork(void)
{
        return absent();
}

pid_t vfork(void)
{
        return absent();
}

int chroot(const char *path)
{
        (void)path;
        return absent();
}

int execve(const char *path, char *const arguments[], char *const environment[])
{
        (void)path;
        (void)arguments;
        (void)environment;
        return absent();
}

int execv(const char *path, char *const arguments[])
{
        return execve(path, arguments, NULL);
}

int execvp(const char *file, char *const arguments[])
{
        return execve(file, arguments, NULL);
}

int execvpe(const char *file, char *const arguments[], char *const environment[])
{
        return execve(file, arguments, environment);
}

int fexecve(int descriptor, char *const arguments[], char *const environment[])
{
        (void)descriptor;
        return execve("", arguments, environment);
}

int execl(const char *path, const char *first, ...)
{
        (void)first;
        return execve(path, NULL, NULL);
}

int execle(const char *path, const char *first, ...)
{
        (void)first;
        return execve(path, NULL, NULL);
}

int execlp(const char *file, const char *first, ...)
{
        (void)first;
        return execve(file, NULL, NULL);
}

FILE *popen(const char *command, const char *mode)
{
        (void)command;
        (void)mode;
        (void)absent();
        return NULL;
}

int pclose(FILE *stream)
{
        (void)stream;
        return edge_status(-ECHILD);
}

int posix_spawn(pid_t *process, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])
{
        (void)process;
        (void)path;
        (void)actions;
        (void)attributes;
        (void)arguments;
        (void)environment;
        return ENOSYS;
}

int posix_spawnp(pid_t *process, const char *file, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])
{
        return posix_spawn(process, file, actions, attributes, arguments, environment);
}
