/* Nomad's job specification and qemu driver (https://developer.hashicorp.com/nomad/docs/drivers/qemu). */
#include "targets.h"

static void write_out(const struct deployment *deployment, struct text *out, struct text *how)
{
        const char *name = deployment->name;
        text_add(out, "job \"%s\" {\n  type = \"service\"\n  group \"%s\" {\n", name, name);
        if (deployment->published_count != 0) {
                text_add(out, "    network {\n");
                for (size_t i = 0; i < deployment->published_count; i++)
                        text_add(out, "      port \"p%u\" {\n        static = %u\n      }\n",
                                 deployment->published[i].guest, deployment->published[i].host);
                text_add(out, "    }\n");
        }
        text_add(out,
                 "    task \"%s\" {\n"
                 "      driver       = \"qemu\"\n"
                 "      kill_timeout = \"10s\"\n"
                 "      config {\n"
                 "        image_path        = \"/srv/coracle/%s.qcow2\"\n"
                 "        accelerator       = \"kvm\"\n"
                 "        graceful_shutdown = true\n",
                 name, name);
        if (deployment->published_count != 0) {
                text_add(out, "        port_map {\n");
                for (size_t i = 0; i < deployment->published_count; i++)
                        text_add(out, "          p%u = %u\n", deployment->published[i].guest,
                                 deployment->published[i].guest);
                text_add(out, "        }\n");
        }
        text_add(out, "      }\n      resources {\n        memory = %llu\n      }\n    }\n  }\n}\n",
                 (unsigned long long)deployment_mib(deployment));
        target_add_disk_command(how, deployment);
        text_add(how, "scp %s.qcow2 NODE:/srv/coracle/\n", name);
        text_add(how, "nomad job run %s.nomad.hcl\n", name);
}

const struct target target_nomad = {"nomad", ".nomad.hcl", "p", write_out};
