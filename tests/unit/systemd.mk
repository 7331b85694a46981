# Unit tests of systemd: none yet.
