/*
 * Entropy: the CPU's own instructions, else a registered device, else time-stamp jitter, which is said once on the
 * console and in every result.
 */
#include <entropy.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include <coracle/log.h>
#include <entropy_weak.h>
#include <platform.h>
#include <x86_64/cpu_random.h>

enum { UNKNOWN, PRESENT, ABSENT };

static bool fill_from_cpu(unsigned char *next, size_t bytes)
{
        static atomic_int cpu;
        if (atomic_load_explicit(&cpu, memory_order_relaxed) == UNKNOWN)
                atomic_store_explicit(&cpu, cpu_random_works() ? PRESENT : ABSENT, memory_order_relaxed);
        if (atomic_load_explicit(&cpu, memory_order_relaxed) == ABSENT)
                return false;
        while (bytes != 0) {
                uint64_t word;
                const size_t part = bytes < sizeof(word) ? bytes : sizeof(word);
                if (!cpu_random(&word))
                        return false;
                memcpy(next, &word, part);
                next += part;
                bytes -= part;
        }
        return true;
}

static bool fill_from_device(unsigned char *next, size_t bytes)
{
        const struct entropy_source *source = entropy_virtio();
        if (source == NULL)
                return false;
        while (bytes != 0) {
                const long got = source->fill(source->ctx, next, bytes);
                if (got <= 0 || (size_t)got > bytes)
                        return false;
                next += got;
                bytes -= (size_t)got;
        }
        return true;
}

int platform_entropy(void *buffer, size_t bytes)
{
        static atomic_flag said = ATOMIC_FLAG_INIT;
        if (fill_from_cpu(buffer, bytes) || fill_from_device(buffer, bytes))
                return 0;
        entropy_weak(buffer, bytes);
        if (!atomic_flag_test_and_set(&said))
                log_warning("entropy", "no hardware source (RDSEED, RDRAND, virtio-rng): random numbers are weak, made "
                                       "of timing jitter; give the guest one (qemu: -cpu max or -device virtio-rng)");
        return -ENODATA;
}
