NAME := blkbench
SOURCES := main.c options.c pattern.c run.c
