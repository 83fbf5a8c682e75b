"""The door for people at a terminal. Results on stdout, talk and progress on stderr."""
