/* Where images can be exported to: a file for each target, which writes what that target takes, and how to use it. */
#ifndef CLI_DEPLOY_TARGETS_H
#define CLI_DEPLOY_TARGETS_H

#include "options.h"

struct target {
        const char *name;
        const char *file;  /* a usual name for what is written, after the guest's name */
        const char *takes; /* which of -p and --net and --disk mean something: letters of "pnd" */
        /* Writes the manifest or the API's JSON to `out`, and to `how`, a line each, the commands that use it. */
        void (*write)(const struct deployment *deployment, struct text *out, struct text *how);
};

extern const struct target target_cloud_hypervisor;
extern const struct target target_firecracker;
extern const struct target target_kubevirt;
extern const struct target target_nomad;
extern const struct target target_openstack;
extern const struct target target_proxmox;

/* The value as a string of JSON, which YAML takes too. Exits with a message when it is not UTF-8. */
void target_add_json(struct text *out, const char *value);

/* An address for the guest's network device, the same for the same name. */
void target_add_mac(struct text *out, const char *name);

/* The commands that make the disk NAME.qcow2 of the image, with the guest's command line in it. */
void target_add_disk_command(struct text *how, const struct deployment *deployment);

#endif
