/* A crash without a stack: the report has one of its own. */
int main(void)
{
        __asm__ volatile("xorl %esp, %esp\n\t"
                         "xorl %ebp, %ebp\n\t"
                         "pushq %rax");
        return 0;
}
