"""The list of pages, in the order of the menu."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its name is its URL and its script's name; ``icon`` is one of Google's Material Symbols."""

    section: str
    name: str
    title: str
    icon: str

    @property
    def script(self) -> str:
        """The path of the script in the repository."""
        return f"pages/{self.section.lower()}/{self.name}.py"


PAGES: Mapping[str, Page] = MappingProxyType(
    {
        page.name: page
        for page in (
            Page("Networks", "gallery", "Gallery", "apps"),  # the first is the landing page, at /
            Page("Networks", "inspect", "Inspect", "search"),
            Page("Networks", "build", "Build", "construction"),
            Page("Networks", "compare", "Compare", "balance"),
            Page("Ideas", "convolution", "Convolution", "grid_on"),
            Page("Ideas", "savings", "Savings", "savings"),
            Page("Training", "augment", "Augment", "auto_fix_high"),
            Page("Training", "data", "Data sets", "photo_library"),
            Page("Training", "transfer", "Transfer", "school"),
            Page("Training", "runs", "Runs", "monitoring"),
        )
    }
)
"""The pages by their names."""
