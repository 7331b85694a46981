# hook/: nothing yet.
