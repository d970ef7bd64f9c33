from pathlib import Path

from liftlock.domain.masking_rules import RULES, Rule

PAGE = Path(__file__).parents[3] / "docs" / "how-masking.md"
FEW = 1_000_000


def row(rule: Rule) -> str:
    values = rule.values({})
    counted = "" if values is None else f"{values:,}" if values <= FEW else f"{values:.1e}"
    types = ", ".join(sorted(rule.types)) if rule.types else "all" if rule.arrays else "no arrays"
    options = ", ".join(f"`{option}`" for option in rule.options)
    unique = "yes" if rule.unique else ""
    return (
        f"| `{rule.name}` | {rule.says} | {types} | {unique} | {counted} | {options} |"
        f" {rule.ns_a_row:,} |"
    )


def test_the_page_shows_every_rule_as_it_is() -> None:
    lines = PAGE.read_text().splitlines()
    assert [line for line in lines if line.startswith("| `")] == [row(r) for r in RULES.values()]
