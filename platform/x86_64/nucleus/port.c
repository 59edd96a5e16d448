/*
 * I/O ports that ring 3 may use through the gate, and the nucleus's own last words.
 *
 * The list is what consoles, PCI configuration, CD-ROM drives, the clock chip, power and exit need, no more. Left out
 * on purpose: the keyboard controller's other commands and port 0x92 (the A20 gate would fold the nucleus's memory onto
 * pages that ring 3 owns), the SMI command port, DMA controllers, and the interrupt controllers.
 */
#include "cpu.h"
#include "nucleus.h"

#define COM1           0x3f8
#define COM1_STATUS    0x3fd
#define COM1_CAN_WRITE 0x20
#define KEYBOARD       0x64
#define KEYBOARD_RESET 0xfe
#define STATUS_PORT    0xe9
#define EXIT_PORT      0xf4
#define CRASH_STATUS   134
#define FW_CFG_DMA     0x518 /* the low half of an address, which starts it; big-endian, as all of it */

/* Whole accesses within one of these. */
static const struct __attribute__((packed)) port_range { /* each entry is bytes of every image */
        uint16_t first;
        uint8_t bytes;
} allowed[] = {
        {0x3f8, 8},                   /* COM1 */
        {0xcf8, 8},                   /* PCI configuration */
        {0x70, 2},                    /* real-time clock */
        {0x600, 16},                  /* ACPI power management of QEMU's pc and q35: PM1 control, PM timer */
        {STATUS_PORT, 1},             /* QEMU debug console */
        {EXIT_PORT, 4},               /* QEMU isa-debug-exit */
        {0x170, 8},       {0x1f0, 8}, /* the command blocks of the two IDE channels */
};

static bool port_is_allowed(uint64_t port, uint64_t width)
{
        if (width != 1 && width != 2 && width != 4)
                return false;
        for (unsigned i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
                if (port - allowed[i].first < allowed[i].bytes && width <= allowed[i].first + allowed[i].bytes - port)
                        return true;
        }
        return false;
}

int64_t port_in(uint64_t port, uint64_t width)
{
        if (!port_is_allowed(port, width))
                return -EPERM;
        return width == 1 ? in8((uint16_t)port) : width == 2 ? in16((uint16_t)port) : in32((uint16_t)port);
}

int64_t port_out(uint64_t port, uint64_t width, uint64_t value)
{
        bool reset = port == KEYBOARD && width == 1 && value == KEYBOARD_RESET;
        if (!reset && !port_is_allowed(port, width))
                return -EPERM;
        if (value >> (8 * width) != 0)
                return -EINVAL;
        if (width == 1)
                out8((uint16_t)port, (uint8_t)value);
        else if (width == 2)
                out16((uint16_t)port, (uint16_t)value);
        else
                out32((uint16_t)port, (uint32_t)value);
        return 0;
}

int64_t port_run(uint64_t port_count, uint64_t low, uint64_t high, uint64_t status)
{
        uint64_t port = port_count & 0xffff, count = port_count >> 16;
        uint64_t status_port = status & 0xffff, mask = status >> 16;
        if (count == 0 || count > GATE_PORT_RUN_MAX || mask > 0xff)
                return -EINVAL;
        if (!port_is_allowed(port, 1) || !port_is_allowed(status_port, 1))
                return -EPERM;
        if (!(in8((uint16_t)status_port) & mask))
                return -EAGAIN;
        const uint64_t bytes[2] = {low, high};
        const void *next = bytes;
        uint64_t left = count;
        /* One string instruction is one exit to an ordinary KVM. */
        __asm__ volatile("rep outsb" : "+S"(next), "+c"(left) : "d"(port) : "memory");
        return (int64_t)count;
}

int64_t config_read(uint64_t what)
{
        static volatile uint32_t transfer[4]; /* control, length, address; ring 3 chooses the key to select */
        transfer[0] = __builtin_bswap32(((uint32_t)what & 0xffff0008) | 2); /* 8: select, 2: read */
        transfer[1] = __builtin_bswap32(GATE_CONFIG_BYTES);
        transfer[3] = __builtin_bswap32((uint32_t)(uint64_t)cpu_page.config);
        out32(FW_CFG_DMA, __builtin_bswap32((uint32_t)(uint64_t)transfer));
        return transfer[0] == 0 ? 0 : -ENODEV;
}

static void print(const char *text)
{
        for (; *text != '\0'; text++) {
                for (unsigned spin = 0; spin < 100000 && !(in8(COM1_STATUS) & COM1_CAN_WRITE); spin++)
                        ;
                out8(COM1, (uint8_t)*text);
        }
}

/* An exception without an interrupt table. */
_Noreturn void triple_fault(void)
{
        static const uint64_t none[2];
        xen_call(GATE_XEN_SHUTDOWN, 3, 0, 0); /* SHUTDOWN_crash */
        __asm__ volatile("lidt %0; ud2" : : "m"(none));
        __builtin_unreachable();
}

/*
 * One report on COM1, then the end with the status of a crash: for what ring 3 cannot report itself. The status goes
 * out whatever the command line says: where nothing listens at these ports, nothing happens.
 */
_Noreturn void last_words(const char *what, uint64_t address)
{
        char digits[17], *first = &digits[16];
        *first = '\0';
        do
                *--first = "0123456789abcdef"[address & 15];
        while ((address >>= 4) != 0);
        print("\n*** crash: ");
        print(what);
        print(" at 0x");
        print(first);
        print(" (outside the image)\n*** end of crash report, exit status 134\n");
        for (const char *status = "134\n"; *status != '\0'; status++)
                out8(STATUS_PORT, (uint8_t)*status);
        out32(EXIT_PORT, CRASH_STATUS);
        triple_fault();
}
