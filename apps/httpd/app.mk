NAME := httpd
SOURCES := main.c connection.c request.c response.c files.c metrics.c
FILES := files
RUN_OPTIONS := -p 8080:8080
