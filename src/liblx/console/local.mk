libcore_la_SOURCES += \
	src/liblx/console/console.c \
	src/liblx/console/console.h \
	src/liblx/console/log.c \
	src/liblx/console/log.h \
	src/liblx/console/relay.c \
	src/liblx/console/relay.h \
	src/liblx/console/ring.c \
	src/liblx/console/ring.h \
	src/liblx/console/terminal.c \
	src/liblx/console/terminal.h
