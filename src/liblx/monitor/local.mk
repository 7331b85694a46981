libcore_la_SOURCES += \
	src/liblx/monitor/agent.c \
	src/liblx/monitor/agent.h \
	src/liblx/monitor/agent-caller.c \
	src/liblx/monitor/agent-mknod.c \
	src/liblx/monitor/agent-mount.c \
	src/liblx/monitor/agent-resolve.c \
	src/liblx/monitor/agent-sandbox.c \
	src/liblx/monitor/agent-sysinfo.c \
	src/liblx/monitor/asks.c \
	src/liblx/monitor/client.c \
	src/liblx/monitor/client.h \
	src/liblx/monitor/deaths.c \
	src/liblx/monitor/front-link.c \
	src/liblx/monitor/front-notify.c \
	src/liblx/monitor/front-sandbox.c \
	src/liblx/monitor/front.c \
	src/liblx/monitor/front.h \
	src/liblx/monitor/intercept.c \
	src/liblx/monitor/monitor.c \
	src/liblx/monitor/monitor.h \
	src/liblx/monitor/protocol.h \
	src/liblx/monitor/requests.c \
	src/liblx/monitor/run.c \
	src/liblx/monitor/server.c \
	src/liblx/monitor/state.c \
	src/liblx/monitor/watch.c
