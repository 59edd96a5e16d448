FILES := files
