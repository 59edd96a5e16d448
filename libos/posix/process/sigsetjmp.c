/* The part of sigsetjmp and siglongjmp that keeps the signal mask; see setjmp.h. */
#include <setjmp.h>
#include <signal.h>

void __sigjmp_save(sigjmp_buf buffer, int save_mask)
{
        buffer->__mask_is_saved = save_mask;
        if (save_mask)
                pthread_sigmask(SIG_SETMASK, NULL, &buffer->__mask);
}

void siglongjmp(sigjmp_buf buffer, int value)
{
        if (buffer->__mask_is_saved)
                pthread_sigmask(SIG_SETMASK, &buffer->__mask, NULL);
        longjmp(buffer->__registers, value);
}
