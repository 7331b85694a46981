# Unit tests of rootfs: none yet.
