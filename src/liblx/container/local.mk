libcore_la_SOURCES += \
	src/liblx/container/container.c \
	src/liblx/container/container.h \
	src/liblx/container/journal.c \
	src/liblx/container/lock.c \
	src/liblx/container/run-state.c \
	src/liblx/container/state.c \
	src/liblx/container/store.c \
	src/liblx/container/store.h
