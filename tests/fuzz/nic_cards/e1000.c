/* The driver of e1000, over the fuzzer's registers. */
#include "registers.h"

#include <nic/e1000.c> /* NOLINT(bugprone-suspicious-include): with its registers replaced */
