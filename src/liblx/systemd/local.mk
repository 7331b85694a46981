# systemd/: nothing yet.
