# hooks/: nothing yet.
