/* What the errors of name lookups mean: gai_strerror, hstrerror, herror. */
#include <netdb.h>
#include <stdio.h>

const char *gai_strerror(int error)
{
        switch (error) {
        case 0:
                return "no error";
        case EAI_BADFLAGS:
                return "bad flags in the hints";
        case EAI_NONAME:
                return "name or service not known";
        case EAI_AGAIN:
                return "no name server answers; try again";
        case EAI_FAIL:
                return "the name server failed";
        case EAI_NODATA:
                return "the name has no address of this family";
        case EAI_FAMILY:
                return "address family not supported";
        case EAI_SOCKTYPE:
                return "socket type not supported";
        case EAI_SERVICE:
                return "service not known for this socket type";
        case EAI_ADDRFAMILY:
                return "the address is of another family";
        case EAI_MEMORY:
                return "out of memory";
        case EAI_SYSTEM:
                return "system error";
        case EAI_OVERFLOW:
                return "the buffer is too small";
        default:
                return "unknown error";
        }
}

const char *hstrerror(int error)
{
        switch (error) {
        case 0:
                return "no error";
        case HOST_NOT_FOUND:
                return "host not found";
        case TRY_AGAIN:
                return "no name server answers; try again";
        case NO_RECOVERY:
                return "the name server failed";
        case NO_DATA:
                return "the name has no address";
        default:
                return "unknown error";
        }
}

void herror(const char *prefix)
{
        if (prefix != NULL && *prefix != '\0')
                fprintf(stderr, "%s: ", prefix);
        fprintf(stderr, "%s\n", hstrerror(h_errno));
}
