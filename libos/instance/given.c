/*
 * Instance data that came with the machine: QEMU's fw_cfg, entries under "opt/coracle/" (platform_given).
 *
 *   cmdline      words in the command line's syntax
 *   user-data    as on a NoCloud disk
 *   files/PATH   a file
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/log.h>
#include <platform.h>

#include "cloud/cloud.h"
#include "instance.h"

static const struct instance_source source = {INSTANCE_FW_CFG, "fw_cfg"};

static void take(const char *name, const void *data, size_t bytes)
{
        struct instance_shown shown;
        if (strcmp(name, "cmdline") == 0)
                instance_line(&source, name, data, bytes);
        else if (strcmp(name, "user-data") == 0)
                cloud_user_data(&source, data, bytes);
        else if (strncmp(name, "files/", 6) == 0)
                instance_file(&source, name + 6, data, bytes);
        else
                log_warning("instance",
                            "%s: \"opt/coracle/%s\" is not an entry known here (cmdline, user-data, files/PATH); it is "
                            "ignored",
                            source.name, instance_shown(name, &shown));
}

void instance_fw_cfg(void)
{
        char name[PLATFORM_GIVEN_NAME];
        int64_t bytes;
        for (unsigned i = 0; (bytes = platform_given(PLATFORM_GIVEN_DATA, i, name, 0, NULL, 0)) != -ENOENT; i++) {
                struct instance_shown shown;
                if ((uint64_t)bytes > INSTANCE_FILE_MAX) {
                        log_warning("instance", "%s: \"opt/coracle/%s\" is larger than %u bytes; it is ignored",
                                    source.name, instance_shown(name, &shown), INSTANCE_FILE_MAX);
                        continue;
                }
                void *data = malloc((size_t)bytes + 1);
                if (data == NULL) {
                        log_warning("instance", "%s: no memory for \"opt/coracle/%s\"", source.name,
                                    instance_shown(name, &shown));
                        continue;
                }
                if (platform_given(PLATFORM_GIVEN_DATA, i, name, 0, data, (size_t)bytes) == bytes)
                        take(name, data, (size_t)bytes);
                free(data);
        }
}
