NAME := links
