/*
 * newlib's limits.h, and the marks by which configure scripts see that a function which links always fails: autoconf's
 * AC_CHECK_FUNC includes this header and takes __stub_NAME for "not there", as glibc defines it.
 */
#ifndef _CORACLE_LIMITS_H
#define _CORACLE_LIMITS_H

#include_next <limits.h>

#define __stub_chroot
#define __stub_execl
#define __stub_execle
#define __stub_execlp
#define __stub_execv
#define __stub_execve
#define __stub_execvp
#define __stub_execvpe
#define __stub_fexecve
#define __stub_fork
#define __stub_pclose
#define __stub_popen
#define __stub_posix_spawn
#define __stub_posix_spawnp
#define __stub_revoke
#define __stub_vfork

#endif
