/* Lays out tables; see table.h. */
#include "table.h"

#include <string.h>

#define COLUMNS_MAX 16u

void table_add(struct table *table, const char *const *cells)
{
        for (size_t i = 0; i < table->columns; i++)
                list_add_string(&table->cells, cells[i]);
}

static const char *cell(const struct table *table, size_t row, size_t column)
{
        return row == 0 ? table->heading[column] : table->cells.items[(row - 1) * table->columns + column];
}

void table_print(const struct table *table, FILE *file)
{
        size_t widths[COLUMNS_MAX] = {0};
        const size_t rows = 1 + table->cells.count / table->columns;
        for (size_t row = 0; row < rows; row++) {
                for (size_t i = 0; i < table->columns && i < COLUMNS_MAX; i++) {
                        const size_t width = strlen(cell(table, row, i));
                        widths[i] = width > widths[i] ? width : widths[i];
                }
        }
        for (size_t row = 0; row < rows; row++) {
                for (size_t i = 0; i + 1 < table->columns && i + 1 < COLUMNS_MAX; i++)
                        fprintf(file, "%-*s  ", (int)widths[i], cell(table, row, i));
                fprintf(file, "%s\n", cell(table, row, table->columns - 1));
        }
}

void table_free(struct table *table)
{
        list_free(&table->cells);
}
