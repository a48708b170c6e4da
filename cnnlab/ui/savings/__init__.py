"""The sections of the Savings page, each a function that draws one."""
