# hook/: programs of the administrator at stages of a container's life.
libcore_la_SOURCES += \
	src/liblx/hook/hook-env.c \
	src/liblx/hook/hook-env.h \
	src/liblx/hook/hook-state.c \
	src/liblx/hook/hook.c \
	src/liblx/hook/hook.h
