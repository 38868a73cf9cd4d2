"""The people who may sign in, and their passwords. Has no endpoint of its own yet: the command line adds people."""
