# config/: the wish, as data.
libcore_la_SOURCES += \
	src/liblx/config/config.c \
	src/liblx/config/config.h \
	src/liblx/config/name.c \
	src/liblx/config/read.c \
	src/liblx/config/read.h \
	src/liblx/config/schema.c \
	src/liblx/config/schema.h \
	src/liblx/config/sections/cgroup.c \
	src/liblx/config/sections/console.c \
	src/liblx/config/sections/container.c \
	src/liblx/config/sections/device.c \
	src/liblx/config/sections/hook.c \
	src/liblx/config/sections/host.c \
	src/liblx/config/sections/idmap.c \
	src/liblx/config/sections/monitor.c \
	src/liblx/config/sections/mount.c \
	src/liblx/config/sections/namespace.c \
	src/liblx/config/sections/network.c \
	src/liblx/config/sections/rootfs.c \
	src/liblx/config/sections/sections.h \
	src/liblx/config/sections/security.c \
	src/liblx/config/types-id.c \
	src/liblx/config/types-limit.c \
	src/liblx/config/types-net.c \
	src/liblx/config/types-text.c \
	src/liblx/config/types.c \
	src/liblx/config/types.h
