/* What the program can ask about itself and the system. */
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <stdlib.h>
#include <unistd.h>

#include "../check.h"

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
