"""Which departments somebody may see: subtrees of the county's tree, each by its path."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

SEPARATOR = "/"


def is_within(path: str, root: str) -> bool:
    """Whether the department at `path` is `root` or below it; the empty root is the whole county."""
    return root == "" or path == root or path.startswith(root + SEPARATOR)


@dataclass(frozen=True, slots=True)
class Scope:
    """
    Subtrees by their roots' paths: `13` is a township, `13/02` its second team, the empty path the whole county.

    No root at all is nobody's scope: it covers nothing, not even what has no department.
    """

    roots: frozenset[str]

    @classmethod
    def of(cls, *roots: str) -> Self:
        """Without roots that stand below another one."""
        return cls(
            frozenset(one for one in roots if not any(is_within(one, other) and one != other for other in roots))
        )

    def covers(self, department: str) -> bool:
        """What has no department (a guest's stream, say) is seen by the whole county's scope alone."""
        return any(is_within(department, root) for root in self.roots)

    def joined(self, others: Iterable["Scope"]) -> "Scope":
        return Scope.of(*self.roots, *(root for other in others for root in other.roots))

    @property
    def is_county(self) -> bool:
        return "" in self.roots

    def __bool__(self) -> bool:
        return bool(self.roots)


COUNTY = Scope(frozenset({""}))
NOTHING = Scope(frozenset())
