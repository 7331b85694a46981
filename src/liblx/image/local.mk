# image/: templates, and the cache of images that they build.
libcore_la_SOURCES += \
	src/liblx/image/cache.c \
	src/liblx/image/identity.c \
	src/liblx/image/image.h \
	src/liblx/image/rooted.c \
	src/liblx/image/rooted.h \
	src/liblx/image/template.c
