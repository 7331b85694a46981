libcore_la_SOURCES += \
	src/liblx/storage/storage.h \
	src/liblx/storage/storage.c \
	src/liblx/storage/layer.h \
	src/liblx/storage/layer.c \
	src/liblx/storage/dir.c \
	src/liblx/storage/overlay.c
