libcore_la_SOURCES += \
	src/liblx/security/apparmor.h \
	src/liblx/security/caps.c \
	src/liblx/security/core.c \
	src/liblx/security/credentials.c \
	src/liblx/security/keyring.c \
	src/liblx/security/lsm.c \
	src/liblx/security/lsm.h \
	src/liblx/security/rlimits.c \
	src/liblx/security/sandbox.c \
	src/liblx/security/sandbox.h \
	src/liblx/security/seccomp-load.c \
	src/liblx/security/seccomp-policy.h \
	src/liblx/security/security.c \
	src/liblx/security/security.h \
	src/liblx/security/sysctl.c
seccomp_sources = \
	src/liblx/security/seccomp.c \
	src/liblx/security/seccomp-compile.c \
	src/liblx/security/seccomp-default.c \
	src/liblx/security/seccomp-file.c \
	src/liblx/security/seccomp-json.c \
	src/liblx/security/seccomp-lxc.c \
	src/liblx/security/seccomp-names.c \
	src/liblx/security/seccomp-notify.c \
	src/liblx/security/seccomp-policy.c
if HAVE_SECCOMP
libcore_la_SOURCES += $(seccomp_sources)
else
libcore_la_SOURCES += src/liblx/security/seccomp-none.c
endif
EXTRA_DIST += $(seccomp_sources) src/liblx/security/seccomp-none.c
apparmor_sources = \
	src/liblx/security/apparmor.c \
	src/liblx/security/apparmor-compile.c \
	src/liblx/security/apparmor-features.c \
	src/liblx/security/apparmor-kernel.c \
	src/liblx/security/apparmor-profile.c
if HAVE_APPARMOR
libcore_la_SOURCES += $(apparmor_sources)
else
libcore_la_SOURCES += src/liblx/security/apparmor-none.c
endif
EXTRA_DIST += $(apparmor_sources) src/liblx/security/apparmor-none.c
if HAVE_SELINUX
libcore_la_SOURCES += src/liblx/security/selinux.c
else
libcore_la_SOURCES += src/liblx/security/selinux-none.c
endif
EXTRA_DIST += src/liblx/security/selinux.c src/liblx/security/selinux-none.c
