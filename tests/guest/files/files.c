/* The carried file tree through POSIX calls: lookup, directories, positions, mapping without a copy, refusals. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../check.h"

static void looking_up(void)
{
        struct stat status;
        CHECK(stat("/", &status) == 0 && S_ISDIR(status.st_mode));
        CHECK(stat("/www", &status) == 0 && S_ISDIR(status.st_mode));
        CHECK(stat("/www/index.html", &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 12);
        CHECK(status.st_mtime > 1000000000 && (status.st_mode & 0222) == 0);
        CHECK(stat("//www/./sub/..//index.html", &status) == 0);
        CHECK(stat("www/index.html", &status) == 0 && lstat("www/index.html", &status) == 0);
        CHECK_FAILS(stat("/nothing", &status), ENOENT);
        CHECK_FAILS(stat("", &status), ENOENT);
        CHECK_FAILS(stat("/www/index.html/x", &status), ENOTDIR);
        CHECK_FAILS(stat("/www/index.html/", &status), ENOTDIR);
        CHECK_FAILS(stat("/www/index.html/..", &status), ENOTDIR);
        CHECK_FAILS(stat("/nothing/..", &status), ENOENT);
        CHECK(access("/www/index.html", R_OK) == 0);
        CHECK_FAILS(access("/www/index.html", W_OK), EROFS);
        CHECK_FAILS(readlink("/www/index.html", (char[4]){0}, 4), EINVAL);
        struct statvfs system;
        CHECK(statvfs("/", &system) == 0 && (system.f_flag & ST_RDONLY) != 0);
}

static void current_directory(void)
{
        char path[100];
        CHECK(getcwd(path, sizeof(path)) == path && strcmp(path, "/") == 0);
        CHECK(chdir("/www/sub") == 0 && strcmp(getcwd(path, sizeof(path)), "/www/sub") == 0);
        CHECK(access("deep.txt", R_OK) == 0 && access("../index.html", R_OK) == 0);
        CHECK_FAILS(chdir("deep.txt"), ENOTDIR);
        CHECK(realpath("../sub/./deep.txt", path) == path && strcmp(path, "/www/sub/deep.txt") == 0);
        char *made = realpath("..", NULL);
        CHECK(made != NULL && strcmp(made, "/www") == 0);
        free(made);
        errno = 0;
        CHECK(getcwd(path, 4) == NULL && errno == ERANGE);
        CHECK(chdir("/") == 0);
}

static void directories(void)
{
        static const char *wanted[] = {".", "..", "a-b", "index.html", "page.bin", "sub"};
        DIR *directory = opendir("/www");
        CHECK(directory != NULL);
        for (int round = 0; round < 2; round++) {
                for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
                        struct dirent *entry = readdir(directory);
                        CHECK(entry != NULL && strcmp(entry->d_name, wanted[i]) == 0);
                        CHECK(entry == NULL || entry->d_type == (i == 3 || i == 4 ? DT_REG : DT_DIR));
                }
                CHECK(readdir(directory) == NULL);
                rewinddir(directory);
        }
        CHECK(closedir(directory) == 0);
        struct dirent **list;
        int count = scandir("/", &list, NULL, alphasort);
        CHECK(count == 3 && strcmp(list[2]->d_name, "www") == 0);
        for (int i = 0; i < count; i++)
                free(list[i]);
        free(list);
        errno = 0;
        CHECK(opendir("/www/index.html") == NULL && errno == ENOTDIR);
}

static void reading(void)
{
        char bytes[32] = "";
        int file = open("/www/index.html", O_RDONLY);
        CHECK(file >= 3);
        CHECK(read(file, bytes, 5) == 5 && memcmp(bytes, "<p>hi", 5) == 0);
        CHECK(pread(file, bytes, 3, 0) == 3 && memcmp(bytes, "<p>", 3) == 0);
        CHECK(lseek(file, 0, SEEK_CUR) == 5 && lseek(file, -5, SEEK_END) == 7);
        CHECK(read(file, bytes, sizeof(bytes)) == 5);
        CHECK(read(file, bytes, sizeof(bytes)) == 0);
        CHECK(lseek(file, 100, SEEK_SET) == 100 && read(file, bytes, 1) == 0);
        CHECK_FAILS(lseek(file, -1, SEEK_SET), EINVAL);
        char first[2], second[4];
        struct iovec pieces[] = {{first, 2}, {second, 4}};
        CHECK(lseek(file, 0, SEEK_SET) == 0 && readv(file, pieces, 2) == 6 && memcmp(second, ">hi<", 4) == 0);
        CHECK_FAILS(write(file, "x", 1), EBADF);
        CHECK(close(file) == 0);
        CHECK_FAILS(close(file), EBADF);
        file = open("/www", O_RDONLY | O_DIRECTORY);
        CHECK_FAILS(read(file, bytes, 1), EISDIR);
        int other = openat(file, "sub/deep.txt", O_RDONLY);
        CHECK(other > file && read(other, bytes, 4) == 4 && memcmp(bytes, "deep", 4) == 0);
        CHECK(close(other) == 0 && close(file) == 0);
}

static void mapping(void)
{
        struct stat status;
        int file = open("/www/page.bin", O_RDONLY);
        CHECK(fstat(file, &status) == 0 && status.st_size == 5000);
        char *one = mmap(NULL, 5000, PROT_READ, MAP_PRIVATE, file, 0);
        char *two = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 4096);
        CHECK(one != MAP_FAILED && two == one + 4096); /* the image itself: no copy, the same address again */
        CHECK(one[0] == 'A' && one[4999] == (char)('A' + 4999 % 26) && one[5000] == 0 && one[8191] == 0);
        CHECK((unsigned long)one % 4096 == 0);
        char *copy = mmap(NULL, 5000, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
        CHECK(copy != MAP_FAILED && copy != one && memcmp(copy, one, 8192) == 0);
        copy[0] = 'z';
        CHECK(one[0] == 'A');
        CHECK(munmap(copy, 5000) == 0 && munmap(one, 5000) == 0 && close(file) == 0);
        file = open("/www/page.bin", O_RDONLY);
        CHECK(mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED && errno == EACCES);
        CHECK(mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0) == MAP_FAILED && errno == ENOTSUP);
        CHECK(mmap(NULL, 1, PROT_READ, MAP_PRIVATE, file, 100) == MAP_FAILED && errno == EINVAL);
        CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED && errno == EINVAL);
        CHECK(mmap(NULL, 1, PROT_READ, MAP_PRIVATE, 1, 0) == MAP_FAILED && errno == ENODEV);
        CHECK(mprotect(one, 4096, PROT_READ) == 0);
        CHECK_FAILS(mprotect(one, 4096, PROT_READ | PROT_WRITE), EACCES);
        CHECK(close(file) == 0);
}

static void refusals(void)
{
        CHECK_FAILS(open("/www/index.html", O_WRONLY), EROFS);
        CHECK_FAILS(open("/www/index.html", O_RDONLY | O_TRUNC), EROFS);
        CHECK_FAILS(open("/www/new", O_WRONLY | O_CREAT, 0644), EROFS);
        CHECK_FAILS(open("/www/index.html", O_RDONLY | O_CREAT | O_EXCL, 0644), EEXIST);
        CHECK_FAILS(open("/www", O_WRONLY), EISDIR);
        CHECK_FAILS(open("/www/index.html", O_RDONLY | O_DIRECTORY), ENOTDIR);
        CHECK_FAILS(unlink("/www/index.html"), EROFS);
        CHECK_FAILS(mkdir("/new", 0755), EROFS);
        CHECK_FAILS(rename("/www", "/xxx"), EROFS);
}

int main(void)
{
        looking_up();
        current_directory();
        directories();
        reading();
        mapping();
        refusals();
        return check_done();
}
