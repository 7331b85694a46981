# console/: nothing yet.
