/*
 * The types of <pthread.h>, which POSIX wants in <sys/types.h>. All zero is the initialised state of each, so that the
 * static initialisers need no code; libos/posix/pthread asserts that its own view of them has the same size.
 */
#ifndef _CORACLE_SYS_PTHREADTYPES_H
#define _CORACLE_SYS_PTHREADTYPES_H

typedef unsigned long pthread_t;

typedef struct {
        __SIZE_TYPE__ __stack_bytes; /* 0: the default */
        __SIZE_TYPE__ __guard_bytes;
        void *__stack; /* lowest address, NULL: allocated */
        int __detached, __guard_is_set;
        int __policy, __priority, __scope, __inherit;
} pthread_attr_t;

typedef struct {
        unsigned long __lock[4];
        int __type;
        unsigned __depth;
} pthread_mutex_t;
typedef struct {
        int __type, __shared;
} pthread_mutexattr_t;

typedef struct {
        unsigned long __queue[2];
        int __clock, __reserved;
} pthread_cond_t;
typedef struct {
        int __clock, __shared;
} pthread_condattr_t;

typedef struct {
        unsigned long __lock, __readers[2], __writers[2], __writer;
        unsigned __reading, __waiting_writers;
} pthread_rwlock_t;
typedef struct {
        int __shared;
} pthread_rwlockattr_t;

typedef struct {
        unsigned long __lock, __queue[2];
        unsigned __count, __arrived, __round, __leaving;
} pthread_barrier_t;
typedef struct {
        int __shared;
} pthread_barrierattr_t;

typedef struct {
        int __state;
} pthread_once_t;

typedef unsigned pthread_key_t;
typedef int pthread_spinlock_t;

#endif
