/* Two controllers for CD-ROM drives: see cdrom_machine.h. */
#include <fake/cdrom_machine.h>

#include <string.h>

#include <coracle/options.h>
#include <fake/driver_host.h>

struct fake_pci_function *fake_ide_function, *fake_ahci_function;
struct fake_atapi fake_drives[12];
bool fake_has_pci;
const enum fake_bus fake_buses[2] = {FAKE_IDE, FAKE_AHCI};
char fake_name[PLATFORM_GIVEN_NAME];

static unsigned drive_count;
static const struct pci_function places[] = {{.slot = 1, .function = 1}, {.slot = 0x1f, .function = 2}};

const struct pci_function *pci_function_get(unsigned n)
{
        return n < sizeof(places) / sizeof(places[0]) ? &places[n] : NULL;
}

const char *option_word(const char *key, unsigned n)
{
        return !fake_has_pci && n == 0 && strcmp(key, "virtio_mmio.device") == 0 ? "512@0xfeb00000:5" : NULL;
}

void fake_machine_reset(void)
{
        fake_host_reset();
        fake_pci_reset();
        fake_ide_reset();
        fake_ahci_reset();
        cdrom_forget();
        fake_has_pci = true;
        drive_count = 0;
        fake_ide_function = fake_pci_add(0, 1, 1, 0x8086, 0x7010);
        fake_pci_put(fake_ide_function, 0x08, 0x01018000);
        fake_ahci_function = fake_pci_add(0, 0x1f, 2, 0x8086, 0x2922);
        fake_pci_put(fake_ahci_function, 0x08, 0x01060102);
        fake_pci_bar(fake_ahci_function, 5, 0xfe002000, 0x2000);
}

int fake_machine_set_up(void **state)
{
        (void)state;
        fake_machine_reset();
        return 0;
}

struct fake_atapi *fake_plug(enum fake_bus bus, unsigned n)
{
        struct fake_atapi *drive = &fake_drives[drive_count++];
        fake_atapi_init(drive);
        if (bus == FAKE_IDE)
                fake_ide.drives[n / 2 % 2][n % 2] = drive;
        else
                fake_ahci.drives[n] = drive;
        return drive;
}

int64_t fake_disc_size(unsigned index)
{
        return cdrom_given(index, fake_name, 0, NULL, 0);
}

bool fake_disc_is_read(unsigned index, uint32_t first, uint32_t blocks)
{
        static uint8_t buffer[sizeof(fake_disc) + 1];
        const size_t bytes = (size_t)blocks * CDROM_BLOCK;
        memset(buffer, 0x5a, sizeof(buffer));
        return cdrom_given(index, fake_name, (uint64_t)first * CDROM_BLOCK, buffer, bytes) == sizeof(fake_disc) &&
               memcmp(buffer, fake_disc + first * CDROM_BLOCK, bytes) == 0 && buffer[bytes] == 0x5a;
}
