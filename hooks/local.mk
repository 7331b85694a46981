# hooks/: samples that containers can name in their [hook] section.
hooksdir = $(pkgdatadir)/hooks
dist_hooks_SCRIPTS = \
	hooks/notify \
	hooks/port-forward \
	hooks/wait-for-mount
