/* KubeVirt's VirtualMachine with kernelBoot (https://kubevirt.io/user-guide, API kubevirt.io/v1). */
#include "targets.h"

/* YAML, of which the strings are JSON's. */
static void write_out(const struct deployment *deployment, struct text *out, struct text *how)
{
        const char *name = deployment->name;
        text_add(out,
                 "apiVersion: kubevirt.io/v1\n"
                 "kind: VirtualMachine\n"
                 "metadata:\n"
                 "  name: \"%s\"\n"
                 "spec:\n"
                 "  runStrategy: RerunOnFailure\n"
                 "  template:\n"
                 "    metadata:\n"
                 "      labels:\n"
                 "        kubevirt.io/vm: \"%s\"\n"
                 "    spec:\n"
                 "      terminationGracePeriodSeconds: 10\n"
                 "      domain:\n"
                 "        machine:\n"
                 "          type: q35\n"
                 "        cpu:\n"
                 "          cores: 1\n"
                 "        memory:\n"
                 "          guest: %lluMi\n"
                 "        firmware:\n"
                 "          kernelBoot:\n"
                 "            kernelArgs: ",
                 name, name, (unsigned long long)deployment_mib(deployment));
        target_add_json(out, deployment->line.bytes);
        text_add(out,
                 "\n"
                 "            container:\n"
                 "              image: registry.example/%s:latest\n"
                 "              kernelPath: /boot/%s.elf\n"
                 "        devices:\n"
                 "          autoattachGraphicsDevice: false\n"
                 "          autoattachMemBalloon: false\n"
                 "          autoattachSerialConsole: true\n",
                 name, name);
        if (deployment->uses_network)
                text_add(out, "          interfaces:\n"
                              "            - name: default\n"
                              "              model: virtio\n"
                              "              masquerade: {}\n"
                              "      networks:\n"
                              "        - name: default\n"
                              "          pod: {}\n");
        else
                text_add(out, "          autoattachPodInterface: false\n");
        text_add(how, "cp ");
        text_add_quoted(how, deployment->image);
        text_add(how, " %s.elf\n", name);
        text_add(how,
                 "printf 'FROM scratch\\nCOPY --chown=107:107 %s.elf /boot/\\n' | "
                 "podman build -t registry.example/%s:latest -f - .\n",
                 name, name);
        text_add(how, "podman push registry.example/%s:latest\n", name);
        text_add(how, "kubectl apply -f %s.yaml\n", name);
        text_add(how, "virtctl console %s\n", name);
}

const struct target target_kubevirt = {"kubevirt", ".yaml", "", write_out};
