carried_tree_SOURCES := libos/fs/tree.c
