NAME    := disk_gibibyte
SOURCES := $(addprefix ../../../apps/blkbench/,main.c options.c pattern.c run.c)
