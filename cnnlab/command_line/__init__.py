"""The commands of the command line, each a function from its arguments to the text that is printed."""
