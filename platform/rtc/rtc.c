/*
 * Reads the real-time clock through its index and data ports. The registers change once a second; they are read while
 * no update is in progress, and again if the second has changed meanwhile.
 */
#include <rtc/rtc.h>

#include <string.h>

#include <x86_64/memory/device.h>

#define PORT_INDEX 0x70u
#define PORT_DATA  0x71u

#define REGISTER_SECOND   0x00u
#define REGISTER_MINUTE   0x02u
#define REGISTER_HOUR     0x04u
#define REGISTER_DAY      0x07u
#define REGISTER_MONTH    0x08u
#define REGISTER_YEAR     0x09u
#define REGISTER_STATUS_A 0x0au
#define REGISTER_STATUS_B 0x0bu
#define REGISTER_CENTURY  0x32u /* by convention; what the FADT of every hypervisor with this clock says */

#define STATUS_A_UPDATING 0x80u
#define NO_DEVICE         0xffu

#define NS_PER_SECOND 1000000000ull

/* An update takes 2 ms (MC146818, table 6); a port access takes at least 0.1 us and at most some 40. */
#define ATTEMPTS_MAX 20000u

static uint8_t read_register(unsigned number)
{
        port_out(PORT_INDEX, 1, number);
        return (uint8_t)port_in(PORT_DATA, 1);
}

static bool wait_for_quiet(void)
{
        for (unsigned attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
                const uint8_t status = read_register(REGISTER_STATUS_A);
                if (status == NO_DEVICE)
                        return false;
                if ((status & STATUS_A_UPDATING) == 0)
                        return true;
        }
        return false;
}

static void read_all(struct rtc_registers *registers)
{
        memset(registers, 0, sizeof(*registers));
        registers->second = read_register(REGISTER_SECOND);
        registers->minute = read_register(REGISTER_MINUTE);
        registers->hour = read_register(REGISTER_HOUR);
        registers->day = read_register(REGISTER_DAY);
        registers->month = read_register(REGISTER_MONTH);
        registers->year = read_register(REGISTER_YEAR);
        registers->century = read_register(REGISTER_CENTURY);
        registers->status_b = read_register(REGISTER_STATUS_B);
}

bool rtc_read(uint64_t *epoch)
{
        struct rtc_registers registers;
        uint64_t seconds;
        for (unsigned attempt = 0; attempt < 10; attempt++) {
                if (!wait_for_quiet())
                        return false;
                read_all(&registers);
                if (read_register(REGISTER_SECOND) != registers.second)
                        continue;
                if (!rtc_decode(&registers, &seconds))
                        return false;
                /* The middle of the second that it shows: half a second off at most. */
                *epoch = seconds * NS_PER_SECOND + NS_PER_SECOND / 2;
                return true;
        }
        return false;
}
