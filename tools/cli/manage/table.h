/* A table on standard output whose columns are as wide as what is in them. */
#ifndef CLI_MANAGE_TABLE_H
#define CLI_MANAGE_TABLE_H

#include <stdio.h>

#include "../text.h"

struct table {
        struct list cells;
        size_t columns;
        const char *const *heading;
};

/* A table with the headings of an array that lives as long as it does, and no rows. */
#define TABLE(headings)                                                                                                \
        {                                                                                                              \
                .columns = sizeof(headings) / sizeof((headings)[0]), .heading = (headings)                             \
        }

/* One more row; the cells are copied. */
void table_add(struct table *table, const char *const *cells);

void table_print(const struct table *table, FILE *file);
void table_free(struct table *table);

#endif
