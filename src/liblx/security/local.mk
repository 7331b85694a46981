libcore_la_SOURCES += \
	src/liblx/security/caps.c \
	src/liblx/security/keyring.c \
	src/liblx/security/rlimits.c \
	src/liblx/security/seccomp-load.c \
	src/liblx/security/security.c \
	src/liblx/security/security.h
if HAVE_SECCOMP
libcore_la_SOURCES += src/liblx/security/seccomp.c
else
libcore_la_SOURCES += src/liblx/security/seccomp-none.c
endif
EXTRA_DIST += src/liblx/security/seccomp.c src/liblx/security/seccomp-none.c
