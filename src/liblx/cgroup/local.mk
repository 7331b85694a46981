# cgroup/: nothing yet.
