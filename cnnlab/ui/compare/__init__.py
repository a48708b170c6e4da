"""The sections of the Compare page, each a function that draws one."""
