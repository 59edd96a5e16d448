/* A program that could use disks on a machine without one, and what is under /dev. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../check.h"

int main(void)
{
        struct stat status;
        char byte;
        CHECK_FAILS(open("/dev/vda", O_RDONLY), ENOENT);
        CHECK_FAILS(open("/dev/xvda", O_RDONLY), ENOENT);
        CHECK_FAILS(pread(open("/dev/zero", O_RDONLY), &byte, 1, -1), EINVAL);
        CHECK(stat("/dev", &status) == 0 && S_ISDIR(status.st_mode));
        DIR *directory = opendir("/dev/");
        const struct dirent *entry;
        unsigned disks = 0, others = 0, dots = 0;
        while (directory != NULL && (entry = readdir(directory)) != NULL) {
                disks += entry->d_type == DT_BLK;
                others += entry->d_type == DT_CHR;
                dots += entry->d_type == DT_DIR;
        }
        CHECK(directory != NULL && disks == 0 && others == 10 && dots == 2);
        rewinddir(directory);
        CHECK((entry = readdir(directory)) != NULL && strcmp(entry->d_name, ".") == 0);
        int file = openat(dirfd(directory), "null", O_RDONLY);
        CHECK(file >= 0 && read(file, &byte, 1) == 0 && close(file) == 0);
        CHECK(closedir(directory) == 0 && chdir("/dev") == 0 && (file = open("zero", O_RDONLY)) >= 0);
        CHECK_FAILS(open("/dev", O_RDWR), EISDIR);
        CHECK_FAILS(open("/dev/null/", O_RDONLY), ENOTDIR);
        CHECK(fsync(file) == -1);
        sync();
        return check_done();
}
