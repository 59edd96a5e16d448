/* Who made the machine: the OEM that signed its fixed ACPI description table (ACPI 6.4, section 5.2.6). */
#include <string.h>

#include <acpi/acpi.h>
#include <platform.h>

#define OEM_OFFSET 10u
#define OEM_BYTES  6u

_Static_assert(PLATFORM_MAKER_NAME == OEM_BYTES + 1, "a name and its end");

void platform_maker(char name[PLATFORM_MAKER_NAME])
{
        size_t bytes;
        const char *table = acpi_table("FACP", &bytes);
        memset(name, 0, PLATFORM_MAKER_NAME);
        if (table == NULL || bytes < OEM_OFFSET + OEM_BYTES)
                return;
        memcpy(name, table + OEM_OFFSET, OEM_BYTES);
        for (size_t end = OEM_BYTES; end != 0 && name[end - 1] == ' '; end--)
                name[end - 1] = '\0';
}
