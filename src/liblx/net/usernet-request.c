/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests to lx-usernet, read from bytes that anybody may have sent. */
#include <string.h>

#include "base/str.h"
#include "net/usernet.h"

/* One space between two words, none elsewhere. */
#define TEXT_MAX 64

static bool split(char *text, char *words[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		words[i] = text;
		text = strchr(text, ' ');
		if (!text != (i + 1 == n))
			return false;
		if (text)
			*text++ = '\0';
	}

	return true;
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool parse_mac(const char *text, unsigned char ret[static 6])
{
	if (strlen(text) != 17)
		return false;
	for (int i = 0; i < 6; i++) {
		int high = hex(text[3 * i]), low = hex(text[3 * i + 1]);

		if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != ':'))
			return false;
		ret[i] = (unsigned char)(high << 4 | low);
	}

	return !(ret[0] & 1);
}

static bool take_name(const char *text, char ret[static LX_IFNAME_SIZE])
{
	if (!lx_ifname_is_valid(text))
		return false;
	memcpy(ret, text, strlen(text) + 1);
	return true;
}

static bool parse_add(char *text, const struct sock_message *m, struct lx_usernet_request *ret)
{
	char *words[3];

	if (m->n_fds != 1 || !split(text, words, 3))
		return false;
	ret->netns_fd = m->fds[0];
	return take_name(words[0], ret->bridge) && take_name(words[1], ret->name) && parse_mac(words[2], ret->mac);
}

static bool parse_remove(char *text, const struct sock_message *m, struct lx_usernet_request *ret)
{
	return m->n_fds == 0 && take_name(text, ret->name);
}

int lx_usernet_parse(const struct sock_message *m, struct lx_usernet_request *ret, struct lx_error *err)
{
	struct lx_usernet_request request = { .type = m->type, .netns_fd = -EBADF };
	char text[TEXT_MAX];
	bool ok = false;

	if (m->size > 0 && m->size < sizeof(text) && !memchr(m->data, 0, m->size)) {
		memcpy(text, m->data, m->size);
		text[m->size] = '\0';
		ok = m->type == LX_USERNET_ADD      ? parse_add(text, m, &request)
		     : m->type == LX_USERNET_REMOVE ? parse_remove(text, m, &request)
						    : false;
	}
	if (!ok)
		return lx_error_say(err, -EPROTO, "the request for a link cannot be read");

	*ret = request;
	return 0;
}
