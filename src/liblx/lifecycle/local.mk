libcore_la_SOURCES += \
	src/liblx/lifecycle/attach.c \
	src/liblx/lifecycle/audit.c \
	src/liblx/lifecycle/audit.h \
	src/liblx/lifecycle/autostart.c \
	src/liblx/lifecycle/autostart.h \
	src/liblx/lifecycle/check-host.c \
	src/liblx/lifecycle/check-host.h \
	src/liblx/lifecycle/config.c \
	src/liblx/lifecycle/console.c \
	src/liblx/lifecycle/create.c \
	src/liblx/lifecycle/destroy.c \
	src/liblx/lifecycle/freeze.c \
	src/liblx/lifecycle/gc.c \
	src/liblx/lifecycle/info.c \
	src/liblx/lifecycle/launch.c \
	src/liblx/lifecycle/launch.h \
	src/liblx/lifecycle/leftover.c \
	src/liblx/lifecycle/leftover.h \
	src/liblx/lifecycle/library.c \
	src/liblx/lifecycle/net.c \
	src/liblx/lifecycle/start.c \
	src/liblx/lifecycle/stop.c \
	src/liblx/lifecycle/template.c \
	src/liblx/lifecycle/wait.c
