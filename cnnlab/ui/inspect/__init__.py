"""The sections of the Inspect page, each a function that draws one."""
