/* A crash with frame pointer and stack in ruins: the report ends where it must, and does not crash itself. */
int main(void)
{
        __asm__ volatile("movabsq $0x1234567890, %rbp\n\t"
                         "ud2");
        return 0;
}
