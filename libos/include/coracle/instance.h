/*
 * Instance data: what whoever starts a guest tells it beside the command line (QEMU's fw_cfg, a NoCloud or config drive
 * disk, a cloud's metadata service): host name, address, environment, arguments, files. See docs/instance.md.
 *
 * An image reads it when the program refers to anything of this header, or is linked with -linstance. All of it is in
 * place before the program's first constructor runs; the functions only add what has no other place.
 */
#ifndef CORACLE_INSTANCE_H
#define CORACLE_INSTANCE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Its only use is to be referred to. */
extern const char coracle_instance;

/* What the cloud calls this instance ("i-0abc"), or NULL. */
const char *coracle_instance_id(void);

/*
 * The user data as the first source that had some gave it, its size in *bytes; a NUL follows that does not count. NULL:
 * there is none. It is the caller's to read and nobody's to free.
 */
const void *coracle_instance_user_data(size_t *bytes);

#ifdef __cplusplus
}
#endif

#endif
