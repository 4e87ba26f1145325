"""What a judgement of fitness says: findings, each a limit or a reason not to read, and the verdict they add up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Grade = Literal["fit", "limited", "unfit"]


@dataclass(frozen=True)
class Finding:
    """One thing found; `code` names its words in every language, `values` are what they leave open."""

    code: str
    unfit: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the finding as the study keeps it."""
        return {"code": self.code, "unfit": self.unfit, "values": dict(self.values)}


@dataclass(frozen=True)
class Verdict:
    """Whether a study can be read, and what was found."""

    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> "Verdict":
        """Add findings up; what makes a study unfit comes first."""
        return cls(tuple(sorted(findings, key=lambda each: not each.unfit)))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Verdict":
        """Read a verdict that a study keeps."""
        return cls(tuple(Finding(**each) for each in value.get("findings", ())))

    @property
    def grade(self) -> Grade:
        """Return fit, limited or unfit."""
        if any(each.unfit for each in self.findings):
            return "unfit"
        return "limited" if self.findings else "fit"

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as the study keeps it."""
        return {"verdict": self.grade, "findings": [each.as_json() for each in self.findings]}
