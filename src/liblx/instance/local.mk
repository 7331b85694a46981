libcore_la_SOURCES += \
	src/liblx/instance/attach-steps.c \
	src/liblx/instance/attach-steps.h \
	src/liblx/instance/attach-user.c \
	src/liblx/instance/attach-user.h \
	src/liblx/instance/exec.c \
	src/liblx/instance/exec.h \
	src/liblx/instance/host-steps.c \
	src/liblx/instance/ids.c \
	src/liblx/instance/ids.h \
	src/liblx/instance/init-steps.c \
	src/liblx/instance/instance.c \
	src/liblx/instance/instance.h \
	src/liblx/instance/plan.c \
	src/liblx/instance/plan.h \
	src/liblx/instance/properties.c \
	src/liblx/instance/properties.h \
	src/liblx/instance/recover.c \
	src/liblx/instance/recover.h \
	src/liblx/instance/registration.c \
	src/liblx/instance/registration.h \
	src/liblx/instance/spawn.c \
	src/liblx/instance/spawn.h \
	src/liblx/instance/step.c \
	src/liblx/instance/step.h \
	src/liblx/instance/sync.c \
	src/liblx/instance/sync.h
