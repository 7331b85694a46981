# Unit tests of systemd.
