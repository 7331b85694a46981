# base/: would fit any C program; knows no containers.
libbase_la_SOURCES += \
	src/liblx/base/buf.c \
	src/liblx/base/buf.h \
	src/liblx/base/cleanup.h \
	src/liblx/base/datagram.c \
	src/liblx/base/datagram.h \
	src/liblx/base/error.c \
	src/liblx/base/error.h \
	src/liblx/base/event.c \
	src/liblx/base/event.h \
	src/liblx/base/fd.c \
	src/liblx/base/fd.h \
	src/liblx/base/file.c \
	src/liblx/base/file.h \
	src/liblx/base/ini.c \
	src/liblx/base/ini.h \
	src/liblx/base/journald.c \
	src/liblx/base/journald.h \
	src/liblx/base/list.h \
	src/liblx/base/log.c \
	src/liblx/base/log.h \
	src/liblx/base/macro.h \
	src/liblx/base/memory.c \
	src/liblx/base/memory.h \
	src/liblx/base/names.c \
	src/liblx/base/names.h \
	src/liblx/base/notify.c \
	src/liblx/base/notify.h \
	src/liblx/base/parse.c \
	src/liblx/base/parse.h \
	src/liblx/base/path.c \
	src/liblx/base/path.h \
	src/liblx/base/process.c \
	src/liblx/base/process.h \
	src/liblx/base/rate.c \
	src/liblx/base/rate.h \
	src/liblx/base/rootless.c \
	src/liblx/base/rootless.h \
	src/liblx/base/sock.c \
	src/liblx/base/sock.h \
	src/liblx/base/str.c \
	src/liblx/base/str.h \
	src/liblx/base/strv.c \
	src/liblx/base/strv.h \
	src/liblx/base/time.c \
	src/liblx/base/time.h \
	src/liblx/base/tree-copy.c \
	src/liblx/base/tree-walk.h \
	src/liblx/base/tree.c \
	src/liblx/base/tree.h \
	src/liblx/base/vec.c \
	src/liblx/base/vec.h
libbase_la_SOURCES += \
	src/liblx/base/hash.h \
	src/liblx/base/id-range.h \
	src/liblx/base/sock-error.c \
	src/liblx/base/sock-error.h
