/* newlib's setjmp.h, with the jumps of POSIX that restore the signal mask (POSIX.1-2024, setjmp.h). */
#ifndef _CORACLE_SETJMP_H
#define _CORACLE_SETJMP_H

#include_next <setjmp.h>

#include <sys/features.h>

#if __POSIX_VISIBLE
#include <sys/_sigset.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
        jmp_buf __registers;
        int __mask_is_saved;
        __sigset_t __mask;
} sigjmp_buf[1];

void __sigjmp_save(sigjmp_buf buffer, int save_mask);
void siglongjmp(sigjmp_buf buffer, int value) __attribute__((__noreturn__));

/* A macro: the frame that setjmp returns to must be the caller's. */
#define sigsetjmp(buffer, save_mask) (__sigjmp_save(buffer, save_mask), setjmp((buffer)->__registers))

#ifdef __cplusplus
}
#endif

#define _setjmp(buffer)         setjmp(buffer)
#define _longjmp(buffer, value) longjmp(buffer, value)
#endif

#endif
