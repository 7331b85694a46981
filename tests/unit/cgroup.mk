# Unit tests of cgroup: none yet.
