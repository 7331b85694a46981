-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Debian, any release that the mirror has, with systemd or sysvinit. Built by mmdebstrap, or by debootstrap where that is missing.
-- The archive's signature is checked in both; nothing here can switch that off.

local apt = require "lib.apt"
local progress = require "lib.progress"
local systemd = require "lib.systemd"
local sysvinit = require "lib.sysvinit"

local default_keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
local guest_keyring = "/etc/apt/keyrings/lx-archive"

local architectures = {
	x86_64 = "amd64", i686 = "i386", aarch64 = "arm64", armv7l = "armhf", armv8l = "armhf", ppc64le = "ppc64el",
	s390x = "s390x", riscv64 = "riscv64", mips64 = "mips64el", loongarch64 = "loong64",
}

-- What the guest needs to boot, get an address, resolve names and install more.
local base_packages = {
	"iproute2", "iputils-ping", "netbase", "ca-certificates", "less", "procps",
}

local init_packages = {
	systemd = { "systemd-sysv", "dbus" },
	sysvinit = { "sysvinit-core", "ifupdown" },
}
-- Releases that have the client of ISC, which later ones drop.
local isc_client = { jessie = true, stretch = true, buster = true, bullseye = true, bookworm = true }

-- Releases whose systemd still contains resolved; later ones have it in a package.
local resolved_inside = { jessie = true, stretch = true, buster = true, bullseye = true }
-- Releases whose security suite has the older name.
local old_security_name = { jessie = true, stretch = true, buster = true }
-- What changes every day has neither updates nor a security suite.
local rolling = { sid = true, unstable = true, experimental = true }

local function archive_of_host()
	return apt.find_debian(apt.read("/etc/apt"))
end

local function check_url(option, url)
	if not url:match("^%a[%w+.-]*:/%S+$") or url:match("[%[%]]") then
		error("--" .. option .. "=" .. url .. ": expected a URL", 0)
	end
end

local function check_names(option, names)
	for _, name in ipairs(names) do
		if not name:match("^[%w][%w+.:=~/-]*$") then
			error("--" .. option .. ": \"" .. name .. "\" is not a name", 0)
		end
	end
end

local function check(options)
	if not options.mirror then
		error("no mirror of Debian is known: the apt configuration of this host names none; give one with --mirror=URL", 0)
	end
	if options.security and not options["security-mirror"] then
		error("no archive of security updates is known; give one with --security-mirror=URL, or do without: --no-security", 0)
	end
	if not host.stat(options.keyring) then
		error("there is no keyring " .. options.keyring .. " to check the archive's signature with; " ..
			"install debian-archive-keyring, or name one with --keyring=FILE", 0)
	end
	check_url("mirror", options.mirror)
	if options.security then
		check_url("security-mirror", options["security-mirror"])
	end
	check_names("release", { options.release })
	check_names("arch", { options.arch or "" })
	check_names("components", options.components)
	check_names("packages", options.packages)
end

-- Lines of sources.list(5).
local function sources(options, keyring)
	local components, lines = table.concat(options.components, " "), {}

	local function add(url, suite)
		lines[#lines + 1] = string.format("deb [signed-by=%s] %s %s %s", keyring, url, suite, components)
	end

	add(options.mirror, options.release)
	if rolling[options.release] then
		return lines
	end
	if options.updates then
		add(options.mirror, options.release .. "-updates")
	end
	if options.security then
		add(options["security-mirror"], options.release .. (old_security_name[options.release] and "/updates" or "-security"))
	end
	return lines
end

local function packages(options)
	local list = table.move(base_packages, 1, #base_packages, 1, {})

	local init = init_packages[options.init]

	table.move(init, 1, #init, #list + 1, list)
	if options.init == "sysvinit" then
		list[#list + 1] = isc_client[options.release] and "isc-dhcp-client" or "dhcpcd-base"
	elseif not resolved_inside[options.release] then
		list[#list + 1] = "systemd-resolved"
	end
	return table.concat(table.move(options.packages, 1, #options.packages, #list + 1, list), ",")
end

-- Runs a bootstrap program; its own word on what went wrong is the error.
local function bootstrap(image, name, arguments, follow)
	local errors = {}

	arguments.line = follow(image, errors)
	arguments.check = false
	local status, last = image:run(arguments)
	if status ~= 0 then
		error(string.format("%s failed (exit code %d): %s", name, status, errors.first or last or "it printed nothing"), 0)
	end
end

local apt_options = {
	'Acquire::Languages "none"',
	'Acquire::AllowInsecureRepositories "false"',
	'Acquire::AllowDowngradeToInsecureRepositories "false"',
	'APT::Get::AllowUnauthenticated "false"',
	'APT::Install-Recommends "false"',
}

local function build_mmdebstrap(image, options)
	local arguments = {
		"mmdebstrap", "--mode=root", "--format=directory", "--verbose", "--variant=" .. options.variant,
		"--architectures=" .. options.arch, "--include=" .. packages(options), "--dpkgopt=force-unsafe-io",
	}

	for _, option in ipairs(apt_options) do
		arguments[#arguments + 1] = "--aptopt=" .. option
	end
	arguments[#arguments + 1] = options.release
	arguments[#arguments + 1] = image.path
	for _, line in ipairs(sources(options, options.keyring)) do
		arguments[#arguments + 1] = line
	end
	bootstrap(image, "mmdebstrap", arguments, progress.mmdebstrap)

	-- options for the build, not for the guest
	image:remove("/etc/apt/apt.conf.d/99mmdebstrap")
	image:remove("/etc/dpkg/dpkg.cfg.d/99mmdebstrap")
	image:remove("/etc/apt/sources.list.d/0000debian.sources")
	image:remove("/etc/apt/sources.list.d/0000sources.list")
end

-- debootstrap takes one suite of one archive: the others are added afterwards by the guest's apt.
local function build_debootstrap(image, options)
	bootstrap(image, "debootstrap", {
		"debootstrap", "--force-check-gpg", "--keyring=" .. options.keyring, "--arch=" .. options.arch,
		options.variant == "important" and "--variant=-" or "--variant=" .. options.variant,
		"--components=" .. table.concat(options.components, ","), "--include=" .. packages(options),
		options.release, image.path, options.mirror,
	}, progress.debootstrap)
end

local function upgrade(image)
	local quiet = { "chroot", image.path, "apt-get", "-q", "-y", "-o", "Acquire::Languages=none" }

	local function apt_get(verb)
		local arguments = table.move(quiet, 1, #quiet, 1, {})

		arguments[#arguments + 1] = verb
		image:run(arguments)
	end

	image:progress("upgrade", -1)
	image:write("/etc/resolv.conf", host.read("/etc/resolv.conf") or "")
	apt_get("update")
	apt_get("dist-upgrade")
	apt_get("clean")
	image:remove("/var/lib/apt/lists")
	image:mkdir("/var/lib/apt/lists/partial")
end

-- The guest keeps the archives that it was made from. Its own keyring package has Debian's keys, any other comes along.
local function write_sources(image, options)
	local keyring = default_keyring

	if options.keyring ~= default_keyring or not image:exists(default_keyring) then
		keyring = guest_keyring .. (options.keyring:match("%.asc$") or ".gpg")
		image:copy(options.keyring, keyring)
	end
	image:write("/etc/apt/sources.list", table.concat(sources(options, keyring), "\n") .. "\n")
end

local function build(image, options)
	check(options)
	if host.find("mmdebstrap") then
		build_mmdebstrap(image, options)
		write_sources(image, options)
	elseif host.find("debootstrap") then
		build_debootstrap(image, options)
		write_sources(image, options)
		upgrade(image)
	else
		error("neither mmdebstrap nor debootstrap is installed on this host; install mmdebstrap", 0)
	end

	image:progress("configure", 100)
	image:write("/etc/default/locale", "LANG=C.UTF-8\n")
	image:write("/etc/fstab", "")
	image:remove("/usr/sbin/policy-rc.d")
	if options.init == "sysvinit" then
		sysvinit.setup(image)
	else
		systemd.enable(image, "systemd-networkd.service", "systemd-resolved.service")
		systemd.setup(image)
	end
end

return {
	name = "debian",
	summary = "Debian with systemd or sysvinit",
	options = {
		{ name = "release", short = "r", value = "SUITE", default = "bookworm",
		  help = "any suite of the mirror" },
		{ name = "mirror", value = "URL", help = "archive; default is the one that the host's apt uses",
		  default = function()
			local archive = archive_of_host()
			return archive and archive.mirror
		  end },
		{ name = "security", type = "bool", help = "security updates too; default is what the host's apt does",
		  default = function(options)
			local archive = archive_of_host()
			return not rolling[options.release] and archive ~= nil and archive.security ~= nil
		  end },
		{ name = "security-mirror", value = "URL", help = "archive of security updates; default as for --mirror",
		  default = function()
			local archive = archive_of_host()
			return archive and archive.security
		  end },
		{ name = "updates", type = "bool", help = "point release updates too; default is what the host's apt does",
		  default = function()
			local archive = archive_of_host()
			return archive ~= nil and archive.updates
		  end },
		{ name = "arch", short = "a", value = "ARCH", help = "Debian's name of the architecture; default is the host's",
		  default = function() return architectures[host.machine] end },
		{ name = "init", default = "systemd", choices = { "systemd", "sysvinit" }, help = "the guest's init" },
		{ name = "variant", default = "minbase", choices = { "minbase", "important", "buildd" },
		  help = "packages to begin with" },
		{ name = "packages", type = "list", value = "NAME,...", default = "", help = "more packages" },
		{ name = "components", type = "list", value = "NAME,...", default = "main", help = "parts of the archive" },
		{ name = "keyring", type = "path", default = default_keyring, help = "keys that the archive must be signed with" },
	},
	build = build,
}
