/* The values of coracle.ip= and coracle.ip6=, and addresses as text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libos/net/config.h"
#include "libos/net/names/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = malloc(size + 1);
        memcpy(text, data, size);
        text[size] = '\0';
        for (int ipv6 = 0; ipv6 < 2; ipv6++) {
                struct address_config config;
                char why[64] = "";
                if (!address_config_parse(text, ipv6, &config, why, sizeof(why)) && why[0] == '\0')
                        abort(); /* refused without a word */
        }
        uint8_t bytes[16], again[16];
        char form[IPV6_TEXT_MAX];
        if (text_to_ipv6(text, bytes)) {
                ipv6_to_text(bytes, form);
                if (!text_to_ipv6(form, again) || memcmp(bytes, again, 16) != 0)
                        abort();
        }
        free(text);
        return 0;
}
