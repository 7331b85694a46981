libcore_la_SOURCES += \
	src/liblx/rootfs/rootfs.h \
	src/liblx/rootfs/apply.c \
	src/liblx/rootfs/bind.c \
	src/liblx/rootfs/dev.c \
	src/liblx/rootfs/guest.c \
	src/liblx/rootfs/owner.c \
	src/liblx/rootfs/pivot.c \
	src/liblx/rootfs/plan.c \
	src/liblx/rootfs/run.c
