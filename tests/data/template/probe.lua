-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Not a template that builds: its key is what lib/apt.lua makes of a directory like /etc/apt.

local apt = require "lib.apt"

local function describe(entries)
	local lines = {}

	for _, e in ipairs(entries) do
		lines[#lines + 1] = table.concat({ e.uri, e.suite, table.concat(e.components, "+"), e.signed_by or "-" }, " ")
	end
	local found = apt.find_debian(entries)
	if found then
		lines[#lines + 1] = string.format("mirror %s, security %s, updates %s", found.mirror, tostring(found.security),
			tostring(found.updates))
	else
		lines[#lines + 1] = "no mirror"
	end
	return table.concat(lines, "\n")
end

return {
	name = "probe",
	options = { { name = "directory", type = "path" } },
	key = function(options) return describe(apt.read(options.directory)) end,
}
