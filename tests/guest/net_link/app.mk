NAME   := net_link
CFLAGS := -I$(DIR)/../../../libos/include -I$(DIR)/../../../platform
