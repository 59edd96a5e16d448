/*
 * A block device as a file: the same checks whatever the driver. Arguments: the device, then words that say what is
 * special about it: "ro", "fail=OFFSET" (the block there cannot be read or written), "big" (64 MiB of memory for it).
 */
#define _GNU_SOURCE
#include <aio.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../check.h"

#define MIB (1u << 20)

static const char *path;
static int device;
static uint64_t size;
static int block;
static char *one, *other; /* two buffers of a few MiB, aligned */
#define BUFFER (4 * MIB)

static void fill(void *to, size_t bytes, unsigned seed)
{
        for (size_t i = 0; i < bytes; i++)
                ((unsigned char *)to)[i] = (unsigned char)((i * 2654435761u >> 11) + seed);
}

static int listed(const char *name)
{
        DIR *directory = opendir("/dev");
        const struct dirent *entry;
        int found = 0;
        while (directory != NULL && (entry = readdir(directory)) != NULL)
                found += strcmp(entry->d_name, name) == 0 && entry->d_type == DT_BLK;
        if (directory != NULL)
                closedir(directory);
        return found;
}

static void facts(int read_only)
{
        struct stat status, by_path;
        unsigned long sectors = 0;
        int value = -1;
        CHECK(fstat(device, &status) == 0 && S_ISBLK(status.st_mode) && status.st_size == (off_t)size);
        CHECK(stat(path, &by_path) == 0 && S_ISBLK(by_path.st_mode) && by_path.st_rdev == status.st_rdev);
        CHECK(ioctl(device, BLKGETSIZE, &sectors) == 0 && sectors == size / 512);
        CHECK(ioctl(device, BLKPBSZGET, &value) == 0 && value >= block && value % block == 0);
        CHECK(ioctl(device, BLKROGET, &value) == 0 && value == read_only);
        CHECK_FAILS(ioctl(device, 0x12345678, &value), ENOTTY);
        CHECK(lseek(device, 0, SEEK_END) == (off_t)size && lseek(device, 0, SEEK_SET) == 0);
        CHECK_FAILS(lseek(device, 1, SEEK_END), EINVAL);
        CHECK(listed(path + 5) == 1);
        CHECK_FAILS(open("/dev/vdz", O_RDONLY), ENOENT);
        CHECK_FAILS(open("/dev/xvdz", O_RDONLY), ENOENT);
        CHECK_FAILS(open(path, O_RDONLY | O_DIRECTORY), ENOTDIR);
        CHECK_FAILS(mmap(NULL, 4096, PROT_READ, MAP_SHARED, device, 0) == MAP_FAILED ? -1 : 0, ENODEV);
        CHECK(access(path, R_OK) == 0 && isatty(device) == 0);
}

static void edges(void)
{
        uint64_t last = size - (uint64_t)block;
        fill(one, (size_t)block, 7);
        CHECK(pwrite(device, one, (size_t)block, (off_t)last) == block);
        memset(other, 0, (size_t)block);
        CHECK(pread(device, other, (size_t)block, (off_t)last) == block && memcmp(one, other, (size_t)block) == 0);
        CHECK_FAILS(pwrite(device, one, (size_t)block, (off_t)size), ENOSPC);
        CHECK(pread(device, other, (size_t)block, (off_t)size) == 0);
        CHECK(pread(device, other, 2 * (size_t)block, (off_t)last) == block);
        CHECK(pwrite(device, one, 2 * (size_t)block, (off_t)last) == block);
        CHECK_FAILS(pread(device, other, (size_t)block, (off_t)(last + 1)), EINVAL);
        CHECK_FAILS(pwrite(device, other, (size_t)block, block / 2), EINVAL);
        CHECK_FAILS(pread(device, other, (size_t)block - 1, 0), EINVAL);
        CHECK_FAILS(pwrite(device, other, (size_t)block + 1, 0), EINVAL);
        CHECK_FAILS(pread(device, other, (size_t)block, -1), EINVAL);
        CHECK(pread(device, other, 0, 0) == 0 && pwrite(device, other, 0, 0) == 0);
}

/* Writes from `from` and reads back into `to`, wherever they lie. */
static void there_and_back(char *from, char *to, size_t bytes, off_t at)
{
        CHECK(pwrite(device, from, bytes, at) == (ssize_t)bytes);
        memset(to, 0x55, bytes);
        CHECK(pread(device, to, bytes, at) == (ssize_t)bytes);
        CHECK(memcmp(from, to, bytes) == 0);
}

static char in_image[2][64 * 1024 + 1];

static void memory_of_every_kind(void)
{
        static const char constant[4096] = "constants can be written, too";
        char on_stack[2][4096 + 3];
        char *mapped = mmap(NULL, 2 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (unsigned i = 0; i < 4; i++) { /* aligned and not */
                size_t bytes = 8192u + (size_t)block * i;
                fill(one + i, MIB, i);
                there_and_back(one + i, other + i, bytes, (off_t)(i * MIB));
                there_and_back(one + i * 7, mapped + i * 3, MIB, (off_t)(i * MIB));
        }
        fill(in_image[0], sizeof(in_image[0]), 3);
        there_and_back(in_image[0] + 1, in_image[1], 64 * 1024, MIB);
        fill(on_stack[0], sizeof(on_stack[0]), 4);
        there_and_back(on_stack[0] + 2, on_stack[1] + 3, 4096, 2 * MIB);
        there_and_back(on_stack[0], on_stack[1] + 1, 4096, 2 * MIB);
        CHECK(pwrite(device, constant, 4096, 0) == 4096 && pread(device, other, 4096, 0) == 4096);
        CHECK(memcmp(constant, other, 4096) == 0);
        munmap(mapped, 2 * MIB);
}

static void one_call_of_any_size(size_t bytes)
{
        char *big[2] = {malloc(bytes), malloc(bytes)};
        CHECK(big[0] != NULL && big[1] != NULL);
        if (big[0] != NULL && big[1] != NULL) {
                fill(big[0], bytes, 9);
                there_and_back(big[0], big[1], bytes, 4096);
        }
        free(big[0]);
        free(big[1]);
}

static void pieces(void)
{
        struct iovec vector[1024];
        static const size_t odd[] = {1, 100, 411, 0, 512, 3000, 72};
        size_t at = 0;
        fill(one, MIB, 11);
        for (unsigned i = 0; i < 7; at += odd[i++]) /* 4096 in all */
                vector[i] = (struct iovec){one + at, odd[i]};
        CHECK(pwritev(device, vector, 7, 8192) == 4096);
        CHECK(pread(device, other, 4096, 8192) == 4096 && memcmp(one, other, 4096) == 0);
        memset(other, 0, MIB);
        at = 0;
        for (unsigned i = 0; i < 7; at += odd[i++])
                vector[i] = (struct iovec){other + at, odd[i]};
        CHECK(preadv(device, vector, 7, 8192) == 4096 && memcmp(one, other, 4096) == 0);
        for (unsigned i = 0; i < 1024; i++) /* every second 512 bytes: nothing is contiguous */
                vector[i] = (struct iovec){one + i * 1024, 512};
        CHECK(pwritev(device, vector, 1024, MIB) == 512 * 1024);
        for (unsigned i = 0; i < 1024; i++)
                vector[i] = (struct iovec){other + (1023 - i) * 1024, 512};
        CHECK(preadv(device, vector, 1024, MIB) == 512 * 1024);
        unsigned wrong = 0;
        for (unsigned i = 0; i < 1024; i++)
                wrong += memcmp(one + i * 1024, other + (1023 - i) * 1024, 512) != 0;
        CHECK(wrong == 0);
        vector[1].iov_len = 1;
        CHECK_FAILS(preadv(device, vector, 2, MIB), EINVAL);
}

static void offsets(void)
{
        int file = open(path, O_RDWR | O_SYNC);
        fill(one, 8192, 21);
        CHECK(file >= 0 && write(file, one, 4096) == 4096 && write(file, one + 4096, 4096) == 4096);
        CHECK(lseek(file, 0, SEEK_CUR) == 8192 && lseek(file, -4096, SEEK_CUR) == 4096);
        CHECK(read(file, other, 4096) == 4096 && memcmp(other, one + 4096, 4096) == 0);
        CHECK(lseek(file, -4096, SEEK_END) == (off_t)size - 4096);
        CHECK(read(file, other, 8192) == 4096 && read(file, other, 4096) == 0);
        CHECK_FAILS(write(file, one, 4096), ENOSPC);
        CHECK(lseek(file, 3, SEEK_SET) == 3);
        CHECK_FAILS(read(file, other, 4096), EINVAL);
        CHECK(fsync(file) == 0 && fdatasync(file) == 0 && ioctl(file, BLKFLSBUF, 0) == 0 && close(file) == 0);
        file = open(path, O_RDONLY);
        CHECK_FAILS(write(file, one, 4096), EBADF);
        CHECK_FAILS(ioctl(file, BLKDISCARD, ((uint64_t[2]){0, 4096})), EBADF);
        CHECK(fsync(file) == 0 && close(file) == 0);
        sync();
}

/* ---- Many at a time ---- */

#define THREADS 16
#define ROUNDS  40

static void *hammer(void *argument)
{
        uintptr_t n = (uintptr_t)argument;
        char bytes[2][8192];
        uintptr_t wrong = 0;
        for (unsigned i = 0; i < ROUNDS; i++) {
                off_t at = (off_t)(n * MIB / 4 + i * 8192 % (MIB / 4));
                fill(bytes[0], 8192, (unsigned)(n * 100 + i));
                wrong += pwrite(device, bytes[0], 8192, at) != 8192 || pread(device, bytes[1], 8192, at) != 8192 ||
                         memcmp(bytes[0], bytes[1], 8192) != 0;
                if (i % 8 == 0)
                        wrong += fsync(device) != 0;
        }
        return (void *)wrong;
}

static void threads(void)
{
        pthread_t thread[THREADS];
        for (uintptr_t i = 0; i < THREADS; i++)
                CHECK(pthread_create(&thread[i], NULL, hammer, (void *)i) == 0);
        for (unsigned i = 0; i < THREADS; i++) {
                void *wrong;
                CHECK(pthread_join(thread[i], &wrong) == 0 && wrong == NULL);
        }
}

#define REQUESTS 400 /* more than any queue holds */

static struct aiocb requests[REQUESTS];

static void set_up(unsigned i, char *buffer)
{
        requests[i] = (struct aiocb){.aio_fildes = device,
                                     .aio_offset = (off_t)i * 4096,
                                     .aio_buf = buffer + i * 4096,
                                     .aio_nbytes = 4096,
                                     .aio_sigevent.sigev_notify = SIGEV_NONE};
}

static unsigned all_done(void)
{
        unsigned good = 0;
        for (unsigned i = 0; i < REQUESTS; i++) {
                const struct aiocb *list[1] = {&requests[i]};
                while (aio_error(&requests[i]) == EINPROGRESS)
                        aio_suspend(list, 1, NULL);
                good += aio_error(&requests[i]) == 0 && aio_return(&requests[i]) == 4096;
        }
        return good;
}

static void asynchronous(void)
{
        struct aiocb flush = {.aio_fildes = device, .aio_sigevent.sigev_notify = SIGEV_NONE};
        struct aiocb *list[REQUESTS];
        fill(one, REQUESTS * 4096, 31);
        for (unsigned i = 0; i < REQUESTS; i++) {
                set_up(i, one);
                CHECK(aio_write(&requests[i]) == 0);
        }
        CHECK(aio_fsync(O_SYNC, &flush) == 0);
        const struct aiocb *waiting[1] = {&flush};
        CHECK(aio_suspend(waiting, 1, NULL) == 0 && aio_error(&flush) == 0 && aio_return(&flush) == 0);
        CHECK(all_done() == REQUESTS);
        for (unsigned i = 0; i < REQUESTS; i++) {
                set_up(i, other);
                requests[i].aio_lio_opcode = LIO_READ;
                list[i] = &requests[i];
        }
        memset(other, 0, REQUESTS * 4096);
        CHECK(lio_listio(LIO_WAIT, list, REQUESTS, NULL) == 0 && all_done() == REQUESTS);
        CHECK(memcmp(one, other, REQUESTS * 4096) == 0);
        set_up(0, other);
        requests[0].aio_offset = 1;
        CHECK_FAILS(aio_read(&requests[0]), EINVAL);
        set_up(0, other);
        requests[0].aio_fildes = 99;
        CHECK_FAILS(aio_read(&requests[0]), EBADF);
        set_up(0, other);
        requests[0].aio_sigevent.sigev_notify = SIGEV_SIGNAL;
        CHECK_FAILS(aio_read(&requests[0]), ENOTSUP);
        set_up(0, other);
        requests[0].aio_offset = (off_t)size;
        CHECK(aio_read(&requests[0]) == 0 && aio_error(&requests[0]) == 0 && aio_return(&requests[0]) == 0);
        CHECK_FAILS(aio_write(&requests[0]), ENOSPC);
        CHECK(aio_cancel(device, NULL) == AIO_ALLDONE);
}

/* ---- What moves no data ---- */

static void zeroes_and_discards(void)
{
        uint64_t range[2] = {MIB, 2 * MIB};
        static char zeroes[65536];
        fill(one, 4 * MIB, 41);
        CHECK(pwrite(device, one, 4 * MIB, 0) == 4 * MIB);
        CHECK(ioctl(device, BLKZEROOUT, range) == 0);
        CHECK(pread(device, other, 4 * MIB, 0) == 4 * MIB && memcmp(one, other, MIB) == 0);
        for (unsigned i = 0; i < 2 * MIB; i += sizeof(zeroes))
                CHECK(memcmp(other + MIB + i, zeroes, sizeof(zeroes)) == 0);
        CHECK(memcmp(one + 3 * MIB, other + 3 * MIB, MIB) == 0);
        errno = 0;
        int discarded = ioctl(device, BLKDISCARD, range);
        CHECK(discarded == 0 || errno == EOPNOTSUPP);
        printf("discard: %s\n", discarded == 0 ? "done" : "not offered");
        CHECK(pread(device, other, MIB, 0) == MIB && memcmp(one, other, MIB) == 0);
        CHECK_FAILS(ioctl(device, BLKZEROOUT, ((uint64_t[2]){1, (uint64_t)block})), EINVAL);
        CHECK_FAILS(ioctl(device, BLKZEROOUT, ((uint64_t[2]){size, (uint64_t)block})), EINVAL);
        CHECK_FAILS(ioctl(device, BLKZEROOUT, ((uint64_t[2]){UINT64_MAX - 4095, 4096})), EINVAL);
        CHECK(ioctl(device, BLKZEROOUT, ((uint64_t[2]){size, 0})) == 0);
}

static void read_only(void)
{
        int value = 0;
        CHECK_FAILS(open(path, O_RDWR), EROFS);
        CHECK_FAILS(open(path, O_WRONLY), EROFS);
        CHECK_FAILS(access(path, W_OK), EROFS);
        CHECK(ioctl(device, BLKROGET, &value) == 0 && value == 1);
        CHECK_FAILS(pwrite(device, one, (size_t)block, 0), EBADF);
        CHECK(pread(device, one, MIB, 0) == MIB && fsync(device) == 0);
}

/* One block cannot be read or written; its neighbours, and the next call, can. */
static void failing(off_t bad)
{
        fill(one, MIB, 51);
        for (int i = 0; i < 3; i++) {
                CHECK_FAILS(pread(device, other, (size_t)block, bad), EIO);
                CHECK(pread(device, other, (size_t)block, bad + block) == block);
                CHECK_FAILS(pwrite(device, one, (size_t)block, bad), EIO);
                there_and_back(one, other, (size_t)block, bad - block);
                CHECK_FAILS(pread(device, other, MIB, bad - MIB / 2), EIO);
        }
        set_up(0, other);
        requests[0].aio_offset = bad;
        CHECK(aio_read(&requests[0]) == 0);
        const struct aiocb *list[1] = {&requests[0]};
        CHECK(aio_suspend(list, 1, NULL) == 0 && aio_error(&requests[0]) == EIO);
        CHECK_FAILS(aio_return(&requests[0]), EIO);
}

int main(int argc, char **argv)
{
        int is_read_only = 0, is_big = 0;
        off_t bad = 0;
        if (argc < 2)
                return 2;
        path = argv[1];
        for (int i = 2; i < argc; i++) {
                is_read_only |= strcmp(argv[i], "ro") == 0;
                is_big |= strcmp(argv[i], "big") == 0;
                if (strncmp(argv[i], "fail=", 5) == 0)
                        bad = atoll(argv[i] + 5);
        }
        device = open(path, is_read_only ? O_RDONLY : O_RDWR);
        CHECK(device >= 0 && ioctl(device, BLKGETSIZE64, &size) == 0 && ioctl(device, BLKSSZGET, &block) == 0);
        one = aligned_alloc(4096, BUFFER + 4096);
        other = aligned_alloc(4096, BUFFER + 4096);
        CHECK(one != NULL && other != NULL);
        if (check_failures != 0)
                return check_done();
        printf("%s: %llu bytes in blocks of %d\n", path, (unsigned long long)size, block);
        facts(is_read_only);
        if (is_read_only) {
                read_only();
        } else if (bad != 0) {
                failing(bad);
        } else {
                edges();
                memory_of_every_kind();
                one_call_of_any_size(is_big ? 64 * MIB : 5 * MIB + 512 * 8);
                pieces();
                offsets();
                threads();
                asynchronous();
                zeroes_and_discards();
        }
        CHECK(close(device) == 0);
        return check_done();
}
