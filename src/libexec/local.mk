pkglibexec_PROGRAMS += src/libexec/lx-monitord
src_libexec_lx_monitord_SOURCES = src/libexec/lx-monitord.c
src_libexec_lx_monitord_LDADD = $(CORE_LIBS)
