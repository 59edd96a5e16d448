efi_boot_SOURCES := platform/x86_64/boot/efi.c
