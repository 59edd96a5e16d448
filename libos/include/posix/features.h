/* glibc's name for the feature-test macros; programs include it by habit. */
#include <sys/features.h>
