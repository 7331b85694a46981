-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Turns the lines of programs that install packages into stages and percentages.

local progress = {}

-- Parts of a run: the line that begins it, its name, where it lies in the whole, and how many lines it takes per package.
local mmdebstrap = {
	{ "^I: running apt%-get update", "update", 0, 6 },
	{ "^I: downloading packages", "download", 6, 22, 1 },
	{ "^I: extracting archives", "extract", 22, 30 },
	{ "^I: installing essential", "install", 30, 58, 2 },
	{ "^I: installing remaining", "install", 58, 96, 3 },
	{ "^I: cleaning", "clean", 96, 100 },
}

local debootstrap = {
	{ "^I: Retrieving InRelease", "update", 0, 5 },
	{ "^I: Resolving dependencies", "download", 5, 30, 1 },
	{ "^I: Extracting", "extract", 30, 40, 1 },
	{ "^I: Installing core packages", "install", 40, 50, 1 },
	{ "^I: Unpacking the base", "install", 60, 100, 2 },
	{ "^I: Unpacking required", "install", 50, 60, 1 },
}

-- One line in the life of one package.
local package_lines = {
	"^Get:%d+ .*%.?deb", "^Get:%d+ ", "^Unpacking ", "^Setting up ", "^I: Retrieving ", "^I: Extracting ", "^I: Unpacking ",
	"^I: Configuring ",
}

local function is_package_line(line)
	for _, pattern in ipairs(package_lines) do
		if line:match(pattern) then
			return true
		end
	end
	return false
end

-- A function for image:run{ line = ... }. It keeps the first error message in errors.first: those
-- after it only say that something failed.
local function follow(image, parts, errors)
	local part, count, packages = nil, 0, 150

	return function(line)
		errors.first = errors.first or line:match("^E: (.*)")
		packages = tonumber(line:match("(%d+) newly installed")) or packages
		for _, p in ipairs(parts) do
			if line:match(p[1]) then
				part, count = p, 0
				image:progress(p[2], p[3])
				return
			end
		end
		if not part or not part[5] or not is_package_line(line) then
			return
		end
		count = count + 1
		local done = math.min(count / (packages * part[5]), 1)
		image:progress(part[2], math.floor(part[3] + (part[4] - part[3]) * done))
	end
end

function progress.mmdebstrap(image, errors)
	return follow(image, mmdebstrap, errors)
end

function progress.debootstrap(image, errors)
	return follow(image, debootstrap, errors)
end

return progress
