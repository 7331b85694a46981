-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What a template can reach: its key is the names that it should not see, and how require answers.

local seen = {}

for _, name in ipairs{ "io", "os", "package", "debug", "load", "loadfile", "dofile", "collectgarbage", "coroutine" } do
	if _ENV[name] ~= nil then
		seen[#seen + 1] = name
	end
end
if string.dump then
	seen[#seen + 1] = "string.dump"
end
for _, name in ipairs{ "os", "lib.../x", "lib.nothing", "../lib/apt" } do
	if pcall(require, name) then
		seen[#seen + 1] = "require " .. name
	end
end

return { name = "escape", key = function() return "seen: " .. table.concat(seen, ", ") end }
