-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Small questions about files.

local files = {}

-- Is it an ELF program without an interpreter (no PT_INTERP header)?
function files.is_static_elf(host, path)
	local text = host.read(path, 65536)

	if not text or text:sub(1, 4) ~= "\127ELF" then
		return false
	end
	local is64, order = text:byte(5) == 2, text:byte(6) == 2 and ">" or "<"
	local offset, size, count
	if is64 then
		offset = string.unpack(order .. "I8", text, 33)
		size, count = string.unpack(order .. "I2I2", text, 55)
	else
		offset = string.unpack(order .. "I4", text, 29)
		size, count = string.unpack(order .. "I2I2", text, 43)
	end
	for i = 0, count - 1 do
		local at = offset + i * size + 1

		if at + 3 <= #text and string.unpack(order .. "I4", text, at) == 3 then
			return false
		end
	end
	return true
end

return files
