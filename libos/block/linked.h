/*
 * For the files of the library OS that mean disks: BLOCK_FILES_ARE_LINKED in one of them links the block devices, so
 * that the weak references to them (libos/block/file.h) are met.
 */
#ifndef CORACLE_BLOCK_LINKED_H
#define CORACLE_BLOCK_LINKED_H

extern const char block_files_are_linked;

#define BLOCK_FILES_ARE_LINKED static const char *const with_block_files __attribute__((used)) = &block_files_are_linked

#endif
