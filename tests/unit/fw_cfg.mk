fw_cfg_SOURCES := platform/fw_cfg/fw_cfg.c
