/* The driver of vmxnet3, over the fuzzer's registers. */
#include "registers.h"

#include <nic/vmxnet3.c> /* NOLINT(bugprone-suspicious-include): with its registers replaced */
