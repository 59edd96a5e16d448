acpi_SOURCES := platform/acpi/table.c platform/acpi/aml.c
