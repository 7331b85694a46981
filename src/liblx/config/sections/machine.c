/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [machine]: the container as systemd on the host sees it. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_machine, f)

static const char *const wishes[] = { "auto", "yes", "no", NULL };

static const char *const journals[] = { "host", "guest", "auto", "no", NULL };

static const struct lx_key keys[] = {
	{ "register", &lx_type_word, FIELD(registration), .fallback = "auto", .words = wishes,
	  .doc = "The running container is registered with systemd-machined: machinectl, systemctl -M, journalctl -M and the host's "
		 "name service know it, and so does every user of the host, with its addresses. A container of a user is registered with "
		 "that user's own systemd-machined, which is there from systemd 259 on: machinectl --user.\n"
		 "auto: where that is possible; yes: or the container does not start." },
	{ "link-journal", &lx_type_word, FIELD(link_journal), .fallback = "auto", .words = journals,
	  .doc = "Where the guest's journal is for the host's journalctl -m and -D, which look into /var/log/journal/ID, ID being the "
		 "machine id of the guest.\n"
		 "host: the guest writes into that directory, which is made and mounted over its own; it stays when the container is "
		 "destroyed. guest: that is a link to where the guest writes. auto: as host where the directory is there already, and "
		 "nothing otherwise. no: nothing. Only for containers of root. doc/SYSTEMD says what to think of first." },
	{ "image", &lx_type_bool, FIELD(image), .fallback = "no",
	  .doc = "The container is shown by machinectl among the images, by a link in /var/lib/machines to its root file system, which has to "
		 "be a directory. While it runs neither systemd-nspawn nor machinectl can use or remove it. Of a stopped one machinectl remove "
		 "takes away the link alone up to systemd 257, and the root file system in newer releases." },
};

const struct lx_section lx_section_machine = {
	.name = "machine",
	.offset = offsetof(struct lx_config, machine),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "The container as systemd on the host sees it.",
};
