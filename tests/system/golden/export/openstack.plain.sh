#!/bin/sh
set -eu
coracle image /WORK/plain.elf -o plain.qcow2 --cmdline coracle.name=plain
openstack image create --disk-format qcow2 --container-format bare --file plain.qcow2 \
        --property hw_machine_type=q35 --property hw_firmware_type=bios --property hw_disk_bus=virtio \
        --property hw_vif_model=virtio --min-disk 1 --min-ram 128 plain
openstack flavor create --vcpus 1 --ram 128 --disk 1 plain
openstack server create --image plain --flavor plain --no-network --wait plain
