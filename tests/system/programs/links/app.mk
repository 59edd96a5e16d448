NAME   := links
CFLAGS := -I$(DIR)/../../../guest/net_link -I$(DIR)/../../../../libos/include -I$(DIR)/../../../../platform
