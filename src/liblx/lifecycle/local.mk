# lifecycle/: nothing yet.
