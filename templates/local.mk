# templates/: Lua, run by lx-template.
templatesdir = $(pkgdatadir)/templates
dist_templates_DATA = \
	templates/busybox.lua
templateslibdir = $(templatesdir)/lib
dist_templateslib_DATA = \
	templates/lib/files.lua
