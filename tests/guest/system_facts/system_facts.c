/* What the program can ask about itself and the system. */
#define _GNU_SOURCE
#include <alloca.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <stdlib.h>
#include <unistd.h>

#include "../check.h"

/* Uses so much of the stack. */
__attribute__((noinline)) static int reach(size_t bytes)
{
        volatile char *lowest = alloca(bytes);
        *lowest = 1;
        return *lowest;
}

static void stack_limit(void)
{
        struct rlimit limit;
        pthread_attr_t attributes;
        size_t bytes = 0;
        CHECK(getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur == limit.rlim_max);
        CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0 &&
              pthread_attr_getstacksize(&attributes, &bytes) == 0 && limit.rlim_cur == bytes);
        CHECK(limit.rlim_cur == 8 << 20); /* of 64 MiB */
        CHECK(reach(limit.rlim_cur - 16384) == 1);
}

int main(void)
{
        struct utsname name;
        CHECK(uname(&name) == 0 && strcmp(name.sysname, "Coracle") == 0 && strcmp(name.machine, "x86_64") == 0);
        CHECK(strcmp(name.nodename, "box7") == 0);
        char host[65];
        CHECK(gethostname(host, sizeof(host)) == 0 && strcmp(host, "box7") == 0);
        CHECK(getpid() == 1 && getppid() == 0 && getuid() == 0 && geteuid() == 0 && getgid() == 0);
        CHECK(sysconf(_SC_PAGESIZE) == 4096 && getpagesize() == 4096 && sysconf(_SC_NPROCESSORS_ONLN) == 1);
        CHECK(sysconf(_SC_PHYS_PAGES) > 10000 && sysconf(_SC_PHYS_PAGES) <= 16384);
        CHECK(sysconf(_SC_AVPHYS_PAGES) <= sysconf(_SC_PHYS_PAGES) && sysconf(_SC_OPEN_MAX) > 1024);
        CHECK_FAILS(sysconf(12345), EINVAL);
        struct passwd *user = getpwuid(getuid());
        CHECK(user != NULL && strcmp(user->pw_name, "root") == 0 && getpwnam("nobody") == NULL);
        CHECK(getgrgid(0) != NULL && getgrnam("root") != NULL);
        struct rlimit limit;
        CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == 65536);
        CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        stack_limit();
        struct rusage usage;
        CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
        struct sysinfo info;
        CHECK(sysinfo(&info) == 0 && info.totalram >= info.freeram && info.procs >= 1);
        CHECK(system(NULL) == 0);
        CHECK_FAILS(system("ls"), ENOSYS);
        openlog("tester", LOG_PID, LOG_DAEMON);
        errno = ENOENT;
        syslog(LOG_ERR, "number %d: %m", 5);
        syslog(LOG_DEBUG, "not on a quiet console");
        return check_done();
}
