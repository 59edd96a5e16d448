/*
 * Free memory as a list, out of claims of which the first to a page wins (nucleus/gate.h, struct gate_boot_info): the
 * stretches of each free claim that no earlier one has.
 */
#include "memory_list.h"

/* The first claim to a page, among those up to one that has it; *end is lowered to where that may change. */
static const struct gate_range *first_to(const struct gate_range *claim, uint64_t page, uint64_t *end)
{
        for (;; claim++) {
                if (claim->end <= page)
                        continue;
                const bool has_it = claim->start <= page;
                const uint64_t change = has_it ? claim->end : claim->start;
                if (change < *end)
                        *end = change;
                if (has_it)
                        return claim;
        }
}

unsigned memory_list(const struct gate_boot_info *info, struct platform_range *list, unsigned room)
{
        unsigned count = 0;
        for (const struct gate_range *claim = info->ranges; claim < &info->ranges[info->range_count]; claim++) {
                if (claim->type != GATE_MEMORY_FREE)
                        continue;
                const uint64_t claim_end = claim->end;
                uint64_t end;
                for (uint64_t at = claim->start; at < claim_end; at = end) {
                        end = claim_end;
                        if (first_to(info->ranges, at, &end) != claim || count == room)
                                continue;
                        struct platform_range *place = &list[count++]; /* claims are in order, as a rule */
                        for (; place > list && place[-1].physical > at; place--)
                                *place = place[-1];
                        *place = (struct platform_range){at, end - at};
                }
        }
        return count;
}
