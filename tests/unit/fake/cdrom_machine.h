/* A machine with an IDE controller at 00:01.1 and an AHCI controller at 00:1f.2, and what the tests of both share. */
#ifndef FAKE_CDROM_MACHINE_H
#define FAKE_CDROM_MACHINE_H

#include <fake/ahci.h>
#include <fake/atapi.h>
#include <fake/ide.h>
#include <fake/pci_space.h>

enum fake_bus { FAKE_IDE, FAKE_AHCI };

extern struct fake_pci_function *fake_ide_function, *fake_ahci_function;
extern struct fake_atapi fake_drives[12];
extern bool fake_has_pci; /* else the hypervisor names its devices on the command line */

/* The two controllers without a drive. */
void fake_machine_reset(void);

/* The same, before each test of a group of cmocka's. */
int fake_machine_set_up(void **state);

/* What holds of drives of both kinds is tested with each. */
extern const enum fake_bus fake_buses[2];
#define EACH_BUS(bus) for (const enum fake_bus *bus = fake_buses; bus < fake_buses + 2; bus++, fake_machine_reset())

/* A drive with a disc at the n-th place of a controller: IDE has four. */
struct fake_atapi *fake_plug(enum fake_bus bus, unsigned n);

/* The size of the index-th disc as the driver sees it, or its error; *fake_name is the drive's name then. */
int64_t fake_disc_size(unsigned index);
extern char fake_name[PLATFORM_GIVEN_NAME];

/* Whether a disc is read as it is, blocks from `first` on. */
bool fake_disc_is_read(unsigned index, uint32_t first, uint32_t blocks);

#endif
