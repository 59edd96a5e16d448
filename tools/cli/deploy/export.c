/* coracle export: prints what an orchestrator or a virtual machine monitor takes to run an image. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../commands.h"
#include "../message.h"
#include "targets.h"

static const char usage[] =
        "usage: coracle export TARGET IMAGE [OPTIONS] [-- ARGUMENTS]\n"
        "\n"
        "Prints the manifest, or the JSON of the API, that runs IMAGE on TARGET, and on standard error the commands "
        "to\n"
        "use it:\n"
        "\n"
        "  cloud-hypervisor  JSON for its API\n"
        "  firecracker       its configuration file\n"
        "  kubevirt          a VirtualMachine for Kubernetes\n"
        "  nomad             a job for the qemu driver\n"
        "  openstack         a script of openstack commands\n"
        "  proxmox           the configuration of a virtual machine of Proxmox VE\n"
        "\n"
        "  -m, --memory SIZE      memory: 64M, 1G, ... (default 128M; targets count in whole MiB)\n"
        "  -e, --env KEY=VALUE    a variable of the program's environment; KEY alone: as here; repeatable\n"
        "  -p, --publish HOST:GUEST\n"
        "                         nomad: a TCP port of the node that leads to the guest's; repeatable\n"
        "      --name NAME        what it is called there (default: as the image)\n"
        "      --net NAME         firecracker, cloud-hypervisor: the tap device (tap0); proxmox: the bridge (vmbr0);\n"
        "                         openstack: the network (private)\n"
        "      --ip ADDRESS/BITS[,gw=ADDRESS][,dns=ADDRESS]|dhcp\n"
        "                         the guest's address (default: DHCP)\n"
        "      --disk FILE[,ro]   firecracker, cloud-hypervisor: a disk, raw; repeatable\n"
        "      --append WORDS     more words for the guest's command line\n"
        "\n"
        "example: coracle export firecracker httpd.elf --ip 172.16.0.2/24,gw=172.16.0.1 >httpd.json\n";

static const struct target *const targets[] = {&target_cloud_hypervisor, &target_firecracker,
                                               &target_kubevirt,         &target_nomad,
                                               &target_openstack,        &target_proxmox};

#define TARGETS (sizeof(targets) / sizeof(targets[0]))

void target_add_json(struct text *out, const char *value)
{
        json_t *string = json_string(value);
        char *text = string != NULL ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
        if (text == NULL)
                refuse("`%s` is not UTF-8, which the target needs", value);
        text_add(out, "%s", text);
        free(text);
        json_decref(string);
}

/* FNV-1a; the first byte makes it locally administered. */
void target_add_mac(struct text *out, const char *name)
{
        uint32_t hash = 2166136261u;
        for (const char *p = name; *p != '\0'; p++)
                hash = (hash ^ (unsigned char)*p) * 16777619u;
        text_add(out, "52:54:00:%02x:%02x:%02x", hash >> 24, (hash >> 16) & 0xff, (hash >> 8) & 0xff);
}

void target_add_disk_command(struct text *how, const struct deployment *deployment)
{
        text_add(how, "coracle image ");
        text_add_quoted(how, deployment->image);
        text_add(how, " -o %s.qcow2 --cmdline ", deployment->name);
        text_add_quoted(how, deployment->line.bytes);
        text_add(how, "\n");
}

static const struct target *find_target(const char *name)
{
        const char *names[TARGETS + 1];
        for (size_t i = 0; i < TARGETS; i++) {
                if (strcmp(name, targets[i]->name) == 0)
                        return targets[i];
                names[i] = targets[i]->name;
        }
        names[TARGETS] = NULL;
        const char *meant = closest_word(name, names);
        if (meant != NULL)
                refuse("there is no target `%s`; did you mean `%s`?", name, meant);
        refuse("there is no target `%s`; `coracle export --help` lists them", name);
}

/* What the target would ignore is refused. */
static void check_taken(const struct target *target, const struct deployment *deployment)
{
        const struct {
                char letter;
                const char *option;
                bool is_given;
        } optional[] = {{'p', "-p", deployment->published_count != 0},
                        {'n', "--net", deployment->net != NULL},
                        {'d', "--disk", deployment->disks.count != 0}};
        for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
                if (optional[i].is_given && strchr(target->takes, optional[i].letter) == NULL)
                        refuse("%s means nothing for %s; see `coracle export --help`", optional[i].option,
                               target->name);
        }
        if (deployment->net != NULL && deployment->net[strspn(deployment->net, "abcdefghijklmnopqrstuvwxyz"
                                                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                                               "0123456789_.-")] != '\0')
                refuse("--net %s is not a name of letters, digits and any of _.-", deployment->net);
}

int command_export(int argc, char *argv[])
{
        static const struct option options[] = {
                DEPLOY_SHARED_OPTIONS, {"publish", required_argument, NULL, 'p'}, {NULL, 0, NULL, 0}};
        static struct deployment deployment;
        struct text out = {0}, how = {0};
        deployment_parse(&deployment, "export", options, "-:m:e:p:h", 2, argc, argv);
        if (deployment.help) {
                fputs(usage, stdout);
                deployment_free(&deployment);
                return 0;
        }
        if (deployment.words[1] == NULL)
                refuse("which target and image? usage: coracle export TARGET IMAGE; `coracle export --help` lists "
                       "targets");
        const struct target *target = find_target(deployment.words[0]);
        deployment_prepare(&deployment, deployment.words[1]);
        check_taken(target, &deployment);
        target->write(&deployment, &out, &how);
        fputs(out.bytes, stdout);
        complain("save this as %s%s; then:", deployment.name, target->file);
        fprintf(stderr, "%s", how.bytes);
        text_free(&out);
        text_free(&how);
        deployment_free(&deployment);
        return fflush(stdout) == 0 ? 0 : 1;
}
