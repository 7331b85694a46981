libsys_la_SOURCES += \
	src/liblx/sys/bpf.c \
	src/liblx/sys/caps.c \
	src/liblx/sys/clone.c \
	src/liblx/sys/keyring.c \
	src/liblx/sys/missing.h \
	src/liblx/sys/mount-lock.c \
	src/liblx/sys/mountfd.c \
	src/liblx/sys/mountinfo-read.c \
	src/liblx/sys/mountinfo.c \
	src/liblx/sys/namespace-table.c \
	src/liblx/sys/namespace.c \
	src/liblx/sys/net.c \
	src/liblx/sys/netlink.c \
	src/liblx/sys/pidfd.c \
	src/liblx/sys/prctl.c \
	src/liblx/sys/pty.c \
	src/liblx/sys/resolve.c \
	src/liblx/sys/rlimit.c \
	src/liblx/sys/sched.c \
	src/liblx/sys/seccomp-user.c \
	src/liblx/sys/session.c \
	src/liblx/sys/signal.c \
	src/liblx/sys/statfs.c \
	src/liblx/sys/sys.h \
	src/liblx/sys/userns.c \
	src/liblx/sys/uts.c \
	src/liblx/sys/xattr.c
