NAME := services
SOURCES := services.c
