# systemd/: what is asked of systemd and its friends over D-Bus.
if HAVE_SYSTEMD
libcore_la_SOURCES += src/liblx/systemd/bus.c
else
libcore_la_SOURCES += src/liblx/systemd/bus-none.c
endif
libcore_la_SOURCES += \
	src/liblx/systemd/bus.h \
	src/liblx/systemd/errand.c \
	src/liblx/systemd/errand.h \
	src/liblx/systemd/image.c \
	src/liblx/systemd/image.h \
	src/liblx/systemd/journal-dir.c \
	src/liblx/systemd/journal-dir.h \
	src/liblx/systemd/machine.c \
	src/liblx/systemd/machine.h \
	src/liblx/systemd/unit.c \
	src/liblx/systemd/unit.h
EXTRA_DIST += src/liblx/systemd/bus.c src/liblx/systemd/bus-none.c
