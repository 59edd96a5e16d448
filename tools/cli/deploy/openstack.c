/* Commands of python-openstackclient that make an image, a flavour and a server. */
#include "targets.h"

static void write_out(const struct deployment *deployment, struct text *out, struct text *how)
{
        const char *name = deployment->name, *net = deployment->net != NULL ? deployment->net : "private";
        text_add(out, "#!/bin/sh\nset -eu\n");
        target_add_disk_command(out, deployment);
        text_add(out,
                 "openstack image create --disk-format qcow2 --container-format bare --file %s.qcow2 \\\n"
                 "        --property hw_machine_type=q35 --property hw_firmware_type=bios --property "
                 "hw_disk_bus=virtio \\\n"
                 "        --property hw_vif_model=virtio --min-disk 1 --min-ram %llu %s\n",
                 name, (unsigned long long)deployment_mib(deployment), name);
        text_add(out, "openstack flavor create --vcpus 1 --ram %llu --disk 1 %s\n",
                 (unsigned long long)deployment_mib(deployment), name);
        text_add(out, "openstack server create --image %s --flavor %s %s%s --wait %s\n", name, name,
                 deployment->uses_network ? "--network " : "--no-network", deployment->uses_network ? net : "", name);
        text_add(how, "sh %s.sh\n", name);
        text_add(how, "openstack console log show %s\n", name);
}

const struct target target_openstack = {"openstack", ".sh", "n", write_out};
