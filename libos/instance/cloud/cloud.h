/*
 * What clouds write for their instances, read from memory: NoCloud's and OpenStack's meta-data and network
 * configuration, and user data. Each function tells values.h what it found, and the log what is wrong.
 */
#ifndef CORACLE_INSTANCE_CLOUD_H
#define CORACLE_INSTANCE_CLOUD_H

#include "../values.h"

/* NoCloud's meta-data (YAML: instance-id, local-hostname) and OpenStack's meta_data.json (uuid, hostname). */
void cloud_meta_data(const struct instance_source *source, const char *text, size_t bytes);

/* NoCloud's network-config, versions 1 and 2, and OpenStack's network_data.json. */
void cloud_network(const struct instance_source *source, const char *text, size_t bytes);

/*
 * User data: "#cloud-config" (YAML), "#coracle" (words of the command line after the first line), or anything, which
 * means nothing here and is kept for the program as the other two are.
 */
void cloud_user_data(const struct instance_source *source, const char *text, size_t bytes);

/* What the program asks for by coracle/instance.h (keep.c): each is kept once, so the first source's counts. */
void instance_keep_id(const char *id);
void instance_keep_user_data(const void *data, size_t bytes);

/* Decodes base64 (RFC 4648, section 4; white space is skipped) in place. Returns the length, or -1: it is none. */
long base64_decode(char *text, size_t bytes);

#endif
