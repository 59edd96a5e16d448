/* Division by zero. */
static volatile int zero;

int main(void)
{
        return 5 / zero;
}
