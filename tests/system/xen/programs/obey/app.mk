NAME := obey
