#!/bin/sh
set -eu
coracle image /WORK/server.elf -o server.qcow2 --cmdline 'coracle.name=server coracle.hostname=h KEY='\''it'\''\'\'''\''s "so" & ${x} %{y} <z>'\'' -- '\''a b'\'' '\''$HOME'\'''
openstack image create --disk-format qcow2 --container-format bare --file server.qcow2 \
        --property hw_machine_type=q35 --property hw_firmware_type=bios --property hw_disk_bus=virtio \
        --property hw_vif_model=virtio --min-disk 1 --min-ram 64 server
openstack flavor create --vcpus 1 --ram 64 --disk 1 server
openstack server create --image server --flavor server --network inside --wait server
