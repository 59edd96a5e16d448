/* The value of `virtio_mmio.device=`: SIZE@ADDRESS:IRQ[:ID], as QEMU and Firecracker write it. */
#include <errno.h>

#include <virtio/mmio.h>

/* A number as in C (decimal, 0x, 0), then an optional K or M. Moves *text past it; false when there is none. */
static bool number(const char **text, uint64_t *value)
{
        const char *at = *text;
        unsigned base = 10;
        if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
                base = 16;
                at += 2;
        } else if (at[0] == '0') {
                base = 8;
        }
        const char *first = at;
        *value = 0;
        for (;; at++) {
                unsigned digit = *at >= '0' && *at <= '9'   ? (unsigned)(*at - '0')
                                 : *at >= 'a' && *at <= 'f' ? (unsigned)(*at - 'a') + 10
                                 : *at >= 'A' && *at <= 'F' ? (unsigned)(*at - 'A') + 10
                                                            : 99;
                if (digit >= base)
                        break;
                if (__builtin_mul_overflow(*value, (uint64_t)base, value) ||
                    __builtin_add_overflow(*value, (uint64_t)digit, value))
                        return false;
        }
        if (at == first)
                return false;
        unsigned shift = *at == 'K' || *at == 'k' ? 10 : *at == 'M' || *at == 'm' ? 20 : 0;
        if (shift != 0) {
                if (*value > UINT64_MAX >> shift)
                        return false;
                *value <<= shift;
                at++;
        }
        *text = at;
        return true;
}

int virtio_mmio_parse(const char *text, uint64_t *bytes, uint64_t *base, uint32_t *gsi)
{
        uint64_t irq, id;
        if (!number(&text, bytes) || *text++ != '@')
                return -EINVAL;
        if (!number(&text, base) || *text++ != ':')
                return -EINVAL;
        if (!number(&text, &irq) || irq > 255)
                return -EINVAL;
        if (*text == ':') {
                text++;
                if (!number(&text, &id))
                        return -EINVAL;
        }
        *gsi = (uint32_t)irq;
        return *text == '\0' && *bytes != 0 && *base <= UINT64_MAX - *bytes ? 0 : -EINVAL;
}
