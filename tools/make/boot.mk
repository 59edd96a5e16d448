# The boot stub, which the coracle command puts in front of a program (coracle-image(1)): 16-bit and 32-bit code linked
# as i386, with the 64-bit EFI code inside as a flat file. It knows no program: the command fills in sizes and addresses.
# And the boot sectors of disks and CDs, which load it.

BOOT_DIR     := platform/$(ARCH)/boot
BOOT         := $(TARGET)/boot
BOOT_CFLAGS  := -std=c11 $(ONCE) -ffreestanding -fpie -fvisibility=hidden -fno-stack-protector -fcf-protection=none \
                -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fno-jump-tables -mgeneral-regs-only \
                -mno-red-zone --param=min-pagesize=0 -idirafter /usr/include/$(shell $(CC) -print-multiarch) $(WARNINGS) -Wno-int-to-pointer-cast $(RELATIVE)
BOOT_BITS     = $(if $(filter efi%,$(1)),-m64,-m32)
BOOT_HEADERS := $(wildcard $(BOOT_DIR)/*.h $(BOOT_DIR)/*.inc)

$(BOOT)/flags: FORCE
	$(call keep-if-same,$(BOOT_CFLAGS) $(shell $(CC) -dumpfullversion))

$(BOOT)/%.o: $(BOOT_DIR)/%.c $(BOOT_HEADERS) $(BOOT)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(BOOT_CFLAGS) $(call BOOT_BITS,$(*F)) -c $< -o $@

$(BOOT)/%.o: $(BOOT_DIR)/%.S $(BOOT_HEADERS) $(BOOT)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(call BOOT_BITS,$(*F)) -Wa,-I$(BOOT) -c $< -o $@

$(BOOT)/entry.o: $(BOOT)/efi.bin

$(BOOT)/efi.elf: $(BOOT_DIR)/efi.ld $(BOOT)/efi_entry.o $(BOOT)/efi.o
	$(Q)$(LD) -m elf_x86_64 -T $< -o $@ $(filter %.o,$^)
$(BOOT)/stub.elf: $(BOOT_DIR)/stub.ld $(BOOT)/header.o $(BOOT)/entry.o $(BOOT)/load.o
	$(Q)$(LD) -m elf_i386 --no-warn-rwx-segments -T $< -o $@ $(filter %.o,$^)
$(BOOT)/disk.elf $(BOOT)/cd.elf: $(BOOT)/%.elf: $(BOOT)/%.o
	$(Q)$(LD) -m elf_i386 --no-warn-rwx-segments -Ttext=0x7c00 -o $@ $<
$(BOOT)/%.bin: $(BOOT)/%.elf
	$(call say,BIN,$@)
	$(Q)$(OBJCOPY) -O binary --set-section-flags .body=alloc,load,contents $< $@

BOOT_CODE := $(BOOT)/stub.bin $(BOOT)/disk.bin $(BOOT)/cd.bin
.PHONY: boot
boot: $(BOOT_CODE)
