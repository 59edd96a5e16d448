/* A call through a null pointer: the caller is in the backtrace though it left no frame. */
static void (*volatile nothing)(void);

int main(void)
{
        nothing();
        return 0;
}
