-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What the host's apt configuration says about archives: sources.list(5), in both of its forms.
-- An entry is { uri =, suite =, components = { ... }, signed_by = path or nil }; only those of type deb count.

local apt = {}

local function words(text)
	local list = {}

	for word in text:gmatch("%S+") do
		list[#list + 1] = word
	end
	return list
end

local function contains(list, word)
	for _, w in ipairs(list) do
		if w == word then
			return true
		end
	end
	return false
end

-- deb [ option=value ... ] URI SUITE COMPONENT ...
local function parse_line(line)
	local signed_by
	local rest = line:gsub("#.*", ""):match("^%s*deb%s+(.*)$")

	if not rest then
		return nil
	end
	local options, after = rest:match("^%[([^%]]*)%]%s*(.*)$")
	if options then
		signed_by = options:match("signed%-by=(%S+)")
		rest = after
	end
	local fields = words(rest)
	if #fields < 3 then
		return nil -- a flat repository, which has no components
	end
	return { uri = fields[1], suite = fields[2], components = table.move(fields, 3, #fields, 1, {}), signed_by = signed_by }
end

function apt.parse_list(text)
	local entries = {}

	for line in text:gmatch("[^\n]+") do
		entries[#entries + 1] = parse_line(line)
	end
	return entries
end

-- Fields of one paragraph, names in lower case. A line that begins with a space continues the one before.
local function parse_paragraph(text)
	local fields, last = {}, nil

	for line in text:gmatch("[^\n]+") do
		local name, value = line:match("^([%w-]+):%s*(.-)%s*$")

		if line:sub(1, 1) == "#" then
			-- a comment, also between continued lines
		elseif name then
			last = name:lower()
			fields[last] = value
		elseif last and line:match("^%s") then
			fields[last] = fields[last] .. "\n" .. line:gsub("^%s+", "")
		end
	end
	return fields
end

local function is_no(value)
	value = (value or "yes"):lower()
	return value == "no" or value == "false" or value == "off" or value == "0"
end

-- URIs and suites are lists: each pair is an entry.
local function add_paragraph(entries, fields)
	local signed_by = fields["signed-by"]

	if is_no(fields.enabled) or not contains(words(fields.types or ""), "deb") then
		return
	end
	if signed_by and not signed_by:match("^/%S*$") then
		signed_by = nil -- a key in the file itself
	end
	for _, uri in ipairs(words(fields.uris or "")) do
		for _, suite in ipairs(words(fields.suites or "")) do
			entries[#entries + 1] = {
				uri = uri, suite = suite, components = words(fields.components or ""), signed_by = signed_by,
			}
		end
	end
end

function apt.parse_sources(text)
	local entries, paragraph = {}, {}

	for line in (text .. "\n\n"):gmatch("([^\n]*)\n") do
		if line:match("^%s*$") then
			add_paragraph(entries, parse_paragraph(table.concat(paragraph, "\n")))
			paragraph = {}
		else
			paragraph[#paragraph + 1] = line
		end
	end
	return entries
end

-- Everything below a directory like /etc/apt.
function apt.read(directory)
	local entries = {}

	local function add(list)
		table.move(list, 1, #list, #entries + 1, entries)
	end

	add(apt.parse_list(host.read(directory .. "/sources.list") or ""))
	for _, name in ipairs(host.list(directory .. "/sources.list.d")) do
		local text = host.read(directory .. "/sources.list.d/" .. name) or ""

		if name:match("%.list$") then
			add(apt.parse_list(text))
		elseif name:match("%.sources$") then
			add(apt.parse_sources(text))
		end
	end
	return entries
end

-- Suites of Debian's own archive; anybody may serve packages under other names.
local debian_suites = {
	jessie = true, stretch = true, buster = true, bullseye = true, bookworm = true, trixie = true, forky = true, duke = true,
	sid = true, stable = true, oldstable = true, oldoldstable = true, testing = true, unstable = true,
}

-- How sure we are that an entry is Debian's archive and not somebody's packages for a Debian suite; 0 = it is not.
local function likelihood(entry)
	local score = 0

	if not contains(entry.components, "main") or not entry.uri:match("^[%w+.-]+:/") or entry.uri:match("^cdrom:") then
		return 0
	end
	if entry.signed_by then
		score = score + (entry.signed_by:match("debian%-archive") and 4 or -8)
	else
		score = score + 1
	end
	if entry.uri:match("/debian/?$") or entry.uri:match("/debian%-security/?$") or entry.uri:match("/debian/") then
		score = score + 2
	end
	return math.max(score, 0)
end

local function best(entries, fits)
	local found, found_score = nil, 0

	for _, entry in ipairs(entries) do
		local score = fits(entry.suite) and likelihood(entry) or 0

		if score > found_score then
			found, found_score = entry, score
		end
	end
	return found
end

-- { mirror =, updates = boolean, security = or nil }, or nil when the entries name no archive of Debian.
function apt.find_debian(entries)
	local main = best(entries, function(suite) return debian_suites[suite] end)
	local security = best(entries, function(suite)
		return debian_suites[suite:match("^(%w+)%-security$") or suite:match("^(%w+)/updates$") or ""]
	end)
	local updates = best(entries, function(suite) return debian_suites[suite:match("^(%w+)%-updates$") or ""] end)

	if not main then
		return nil
	end
	return { mirror = main.uri, updates = updates ~= nil, security = security and security.uri }
end

return apt
