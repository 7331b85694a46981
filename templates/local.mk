# templates/: Lua, run by lx-template.
templatesdir = $(pkgdatadir)/templates
dist_templates_DATA = \
	templates/busybox.lua \
	templates/debian.lua
templateslibdir = $(templatesdir)/lib
dist_templateslib_DATA = \
	templates/lib/apt.lua \
	templates/lib/files.lua \
	templates/lib/progress.lua \
	templates/lib/systemd.lua \
	templates/lib/sysvinit.lua
