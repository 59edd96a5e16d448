/* What the boot stub uses of UEFI (UEFI 2.10, sections 4, 7, 9 and 12.4); other members are place holders. */
#ifndef CORACLE_BOOT_EFI_H
#define CORACLE_BOOT_EFI_H

#include <stdint.h>

#define EFI_CALL __attribute__((ms_abi))

typedef uint64_t efi_status;
typedef void *efi_handle;

#define EFI_ERROR            (1ull << 63)
#define EFI_LOAD_ERROR       (EFI_ERROR | 1)
#define EFI_BUFFER_TOO_SMALL (EFI_ERROR | 5)

struct efi_guid {
        uint32_t a;
        uint16_t b, c;
        uint8_t d[8];
};

#define EFI_LOADED_IMAGE                                                                                               \
        {                                                                                                              \
                0x5b1b31a1, 0x9562, 0x11d2,                                                                            \
                {                                                                                                      \
                        0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b                                                 \
                }                                                                                                      \
        }
#define EFI_ACPI_20_TABLE                                                                                              \
        {                                                                                                              \
                0x8868e871, 0xe4f1, 0x11d3,                                                                            \
                {                                                                                                      \
                        0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81                                                 \
                }                                                                                                      \
        }
#define EFI_ACPI_10_TABLE                                                                                              \
        {                                                                                                              \
                0xeb9d2d30, 0x2d88, 0x11d3,                                                                            \
                {                                                                                                      \
                        0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d                                                 \
                }                                                                                                      \
        }

enum efi_memory_type {
        EFI_LOADER_CODE = 1,
        EFI_LOADER_DATA,
        EFI_BOOT_SERVICES_CODE,
        EFI_BOOT_SERVICES_DATA,
        EFI_RUNTIME_SERVICES_CODE,
        EFI_RUNTIME_SERVICES_DATA,
        EFI_CONVENTIONAL,
        EFI_UNUSABLE,
        EFI_ACPI_RECLAIM,
        EFI_ACPI_NVS
};

/* The firmware says how far descriptors are apart. */
struct efi_memory {
        uint32_t type, reserved;
        uint64_t physical, virtual, pages, attributes;
};

enum efi_allocate { EFI_ALLOCATE_ANY_PAGES, EFI_ALLOCATE_MAX_ADDRESS, EFI_ALLOCATE_ADDRESS };

struct efi_table_header {
        uint64_t signature;
        uint32_t revision, bytes, checksum, reserved;
};

struct efi_boot_services {
        struct efi_table_header header;
        void *priority_level[2];
        efi_status(EFI_CALL *allocate_pages)(uint32_t how, uint32_t type, uint64_t pages, uint64_t *physical);
        efi_status(EFI_CALL *free_pages)(uint64_t physical, uint64_t pages);
        efi_status(EFI_CALL *get_memory_map)(uint64_t *bytes, void *map, uint64_t *key, uint64_t *descriptor_bytes,
                                             uint32_t *version);
        void *pools[2], *events[6], *protocol_interfaces[3];
        efi_status(EFI_CALL *handle_protocol)(efi_handle handle, const struct efi_guid *protocol, void **interface);
        void *more_protocols[5], *images[4];
        efi_status(EFI_CALL *exit_boot_services)(efi_handle image, uint64_t map_key);
};

struct efi_text_output {
        void *reset;
        efi_status(EFI_CALL *output_string)(struct efi_text_output *self, const uint16_t *text);
};

struct efi_configuration_table {
        struct efi_guid guid;
        const void *table;
};

struct efi_system_table {
        struct efi_table_header header;
        const uint16_t *vendor;
        uint32_t revision;
        efi_handle input_handle;
        void *input;
        efi_handle output_handle;
        struct efi_text_output *output;
        efi_handle error_handle;
        struct efi_text_output *error;
        void *runtime_services;
        struct efi_boot_services *boot_services;
        uint64_t table_count;
        const struct efi_configuration_table *tables;
};

struct efi_loaded_image {
        uint32_t revision;
        efi_handle parent;
        struct efi_system_table *system_table;
        efi_handle device;
        void *path, *reserved;
        uint32_t options_bytes;
        const uint16_t *options;
};

#endif
