# templates/: nothing yet.
