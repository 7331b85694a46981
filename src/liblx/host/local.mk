libcore_la_SOURCES += \
	src/liblx/host/hierarchies.c \
	src/liblx/host/host.c \
	src/liblx/host/host.h \
	src/liblx/host/aside.c \
	src/liblx/host/delegated.c \
	src/liblx/host/ids-in-use.c \
	src/liblx/host/rootless-map.c \
	src/liblx/host/rootless.c \
	src/liblx/host/selinux-level.c \
	src/liblx/host/selinux.c \
	src/liblx/host/selinux.h \
	src/liblx/host/subid.c \
	src/liblx/host/subid-pool.c \
	src/liblx/host/users.c
