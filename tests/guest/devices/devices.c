/* The files under /dev, descriptors and their copies. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "../check.h"

static void devices(void)
{
        char bytes[64];
        memset(bytes, 'x', sizeof(bytes));
        int file = open("/dev/null", O_RDWR);
        CHECK(file == 3 && write(file, "abc", 3) == 3 && read(file, bytes, 1) == 0 && close(file) == 0);
        file = open("/dev/zero", O_RDONLY);
        CHECK(read(file, bytes, 16) == 16 && memcmp(bytes, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0);
        CHECK_FAILS(write(file, "x", 1), EBADF);
        close(file);
        file = open("/dev/full", O_WRONLY);
        CHECK_FAILS(write(file, "x", 1), ENOSPC);
        close(file);
        unsigned char random[3][32];
        file = open("/dev/urandom", O_RDONLY);
        CHECK(read(file, random[0], 32) == 32 && read(file, random[1], 32) == 32);
        close(file);
        CHECK(getrandom(random[2], 32, 0) == 32);
        CHECK(memcmp(random[0], random[1], 32) != 0 && memcmp(random[1], random[2], 32) != 0);
        CHECK(getentropy(random[0], 32) == 0 && memcmp(random[0], random[2], 32) != 0);
        CHECK_FAILS(getentropy(bytes, 257), EIO);
        CHECK(arc4random() != arc4random() || arc4random() != arc4random());
        struct stat status;
        CHECK(stat("/dev/null", &status) == 0 && S_ISCHR(status.st_mode));
        CHECK_FAILS(open("/dev/sda", O_RDONLY), ENOENT);
        file = open("/dev/stdout", O_WRONLY);
        CHECK(write(file, "through /dev/stdout\n", 20) == 20 && close(file) == 0);
        file = open("/dev/console", O_RDWR);
        CHECK(isatty(file) && close(file) == 0);
}

static void descriptors(void)
{
        int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
        CHECK(fcntl(file, F_GETFD) == FD_CLOEXEC && fcntl(file, F_SETFD, 0) == 0 && fcntl(file, F_GETFD) == 0);
        CHECK(fcntl(file, F_GETFL) == O_RDONLY && fcntl(file, F_SETFL, O_NONBLOCK) == 0);
        CHECK(fcntl(file, F_GETFL) == O_NONBLOCK);
        int off = 0;
        CHECK(ioctl(file, FIONBIO, &off) == 0 && fcntl(file, F_GETFL) == O_RDONLY);
        CHECK(dup(file) == file + 1 && dup2(file, 100) == 100 && fcntl(file, F_DUPFD, 50) == 50);
        CHECK(dup2(file, file) == file);
        CHECK_FAILS(dup3(file, file, 0), EINVAL);
        CHECK_FAILS(dup2(file, 100000), EBADF);
        CHECK_FAILS(dup(99), EBADF);
        CHECK_FAILS(fcntl(99, F_GETFL), EBADF);
        CHECK(close(file) == 0 && open("/dev/null", O_RDONLY) == file); /* the lowest free one */
        for (int i = 0; i < 1000; i++)
                CHECK(dup(file) >= 0);
        struct stat status;
        CHECK(fstat(1, &status) == 0 && S_ISCHR(status.st_mode));
        CHECK_FAILS(lseek(1, 0, SEEK_SET), ESPIPE);
        CHECK_FAILS(fstat(99999, &status), EBADF);
}

static void terminals(void)
{
        struct termios settings;
        CHECK(isatty(0) && isatty(1) && isatty(2));
        CHECK(!isatty(65000) && errno == EBADF);
        CHECK_FAILS(tcgetattr(0, &settings), ENOTTY);
        struct winsize size;
        CHECK_FAILS(ioctl(1, TIOCGWINSZ, &size), ENOTTY);
        int saved = dup(1);
        CHECK(close(1) == 0);
        CHECK_FAILS(write(1, "x", 1), EBADF);
        CHECK(dup2(saved, 1) == 1);
}

int main(void)
{
        devices();
        descriptors();
        terminals();
        return check_done();
}
