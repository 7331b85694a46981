libcore_la_SOURCES += \
	src/liblx/cgroup/cgroup.c \
	src/liblx/cgroup/cgroup.h \
	src/liblx/cgroup/device-bpf.c \
	src/liblx/cgroup/device-rules.c \
	src/liblx/cgroup/device-rules.h \
	src/liblx/cgroup/device-v1.c \
	src/liblx/cgroup/driver.h \
	src/liblx/cgroup/enter.c \
	src/liblx/cgroup/layout.c \
	src/liblx/cgroup/limits-apply.c \
	src/liblx/cgroup/limits.c \
	src/liblx/cgroup/limits.h \
	src/liblx/cgroup/named.c \
	src/liblx/cgroup/named.h \
	src/liblx/cgroup/none.c \
	src/liblx/cgroup/remove.c \
	src/liblx/cgroup/self.c \
	src/liblx/cgroup/stat.c \
	src/liblx/cgroup/tree.c \
	src/liblx/cgroup/unit.c \
	src/liblx/cgroup/v1.c \
	src/liblx/cgroup/v2.c \
	src/liblx/cgroup/view.c
