/*
 * The first instructions of ring 3. The nucleus enters with rdi = struct gate_boot_info, rsp at the top of the boot
 * stack, and FS base at the main thread's control block, the last 64 bytes before image_main_tls_end: it holds the stack
 * protector's canary (at 0x28). No C runs before it is set.
 */
#define BOOT_INFO_RANDOM 0x60           /* start.c checks these two */
#define TCB_CANARY       0x28

        .section .text.coracle_start, "ax", @progbits
        .globl coracle_start
        .type coracle_start, @function
coracle_start:
        movq BOOT_INFO_RANDOM(%rdi), %rax
        xorb %al, %al                   /* a zero byte, so that an overrun by a string function cannot carry it on */
        movq %rax, %fs:TCB_CANARY
        xorl %ebp, %ebp                 /* backtraces end here */
        call platform_start
        ud2
        .size coracle_start, . - coracle_start

        .section .note.GNU-stack, "", @progbits
