/* Anonymous memory: new, zero, protected, given back in parts. */
#include <string.h>
#include <sys/mman.h>

#include "../check.h"

#define PAGE 4096

int main(void)
{
        char *memory = mmap(NULL, 100 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(memory != MAP_FAILED && (unsigned long)memory % PAGE == 0);
        for (int i = 0; i < 100 * PAGE; i += 512)
                CHECK(memory[i] == 0);
        memset(memory, 1, 100 * PAGE);
        CHECK(mprotect(memory, PAGE, PROT_READ) == 0 && memory[0] == 1);
        CHECK(mprotect(memory, PAGE, PROT_READ | PROT_WRITE) == 0);
        memory[0] = 2;
        CHECK_FAILS(mprotect(memory, PAGE, PROT_READ | PROT_EXEC), ENOTSUP);
        CHECK_FAILS(mprotect(memory + 1, PAGE, PROT_READ), EINVAL);
        CHECK(munmap(memory + 10 * PAGE, 20 * PAGE) == 0); /* a hole */
        CHECK(memory[9 * PAGE] == 1 && memory[30 * PAGE] == 1);
        CHECK(mmap(memory, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == memory);
        CHECK(memory[0] == 0 && memory[PAGE] == 1);
        CHECK(madvise(memory, 2 * PAGE, MADV_DONTNEED) == 0 && memory[PAGE] == 0);
        CHECK(munmap(memory, 10 * PAGE) == 0 && munmap(memory + 30 * PAGE, 70 * PAGE) == 0);
        for (int i = 0; i < 2000; i++) { /* more than there is, if it were not given back */
                char *again = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                CHECK(again != MAP_FAILED && munmap(again, 64 * PAGE) == 0);
        }
        errno = 0;
        CHECK(mmap(NULL, 1ul << 40, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOMEM);
        errno = 0;
        CHECK(mmap((void *)0x10000, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED &&
              errno == EINVAL);
        CHECK_FAILS(munmap(memory + 1, PAGE), EINVAL);
        return check_done();
}
