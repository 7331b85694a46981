/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [mount LABEL]: what is mounted in the container besides its root. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_mount, f)

static const struct lx_key keys[] = {
	{ "source", &lx_type_source, FIELD(source), .unset = "none; a mount needs it", .example = "/srv/data",
	  .doc = "Directory or file of the host, or the source that the file system type takes." },
	{ "target", &lx_type_relative_path, FIELD(target), .unset = "none; a mount needs it", .example = "srv/data",
	  .doc = "Where it is mounted, below the root of the container.\n"
		 "Symbolic links on the way never lead out of it." },
	{ "type", &lx_type_string, FIELD(type), .unset = "bind when source is a path", .example = "tmpfs",
	  .doc = "Type of file system." },
	{ "owner", &lx_type_owners, FIELD(owner), .example = "alice:1000",
	  .doc = "USER:ID makes a user of the host, a name or a number, and a user of the container the same one in this bind mount.\n"
		 "Files that belong to USER are ID's inside, and what ID makes there belongs to USER; so it is with USER's primary group "
		 "and the group ID, unless group says otherwise.\n"
		 "A line for each user. Files of all others show as nobody's, and users without a line, the container's root too, can "
		 "make no files there: \"Value too large for defined data type\".\n"
		 "A name is looked for in the host's /etc/passwd. The host trusts what belongs to USER: a guest can leave "
		 "set-user-id programs of that user." },
	{ "group", &lx_type_owners, FIELD(group), .example = "users:100",
	  .doc = "GROUP:ID does the same for one group, a name of the host's /etc/group or a number, in place of what owner says of it." },
	{ "options", &lx_type_words, FIELD(options), .example = "bind,ro,create=dir",
	  .doc = "Mount options as mount(8) has them, and: optional (no error when the source is missing), create=dir or\n"
		 "create=file (the target is made), idmap (owners are mapped as those of the root file system are)." },
};

const struct lx_section lx_section_mount = {
	.name = "mount",
	.labelled = true,
	.offset = offsetof(struct lx_config, mounts),
	.element_size = sizeof(struct lx_config_mount),
	.keys = keys,
	.n_keys = array_size(keys),
	.label = "any word",
	.doc = "A directory, file or file system that is mounted in the container, in the order of the sections.",
};
