"""The sections of the Build page, each a function that draws one."""
