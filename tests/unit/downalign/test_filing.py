import pytest

from liftlock.domain.environments import DataPolicy
from liftlock.domain.policies import Handling, PathDecision, Policy
from liftlock.downalign import filing


@pytest.mark.parametrize(
    ("glob", "rename", "path", "expected"),
    [
        ("store/prod/**", "store/{database}/**", "store/prod/a/b.bin", "store/dev/a/b.bin"),
        ("**/prod.conf", "**/{database}.conf", "etc/x/prod.conf", "etc/x/dev.conf"),
        ("a/*.txt", "b/*.md", "a/x.txt", "b/x.md"),
        ("one", "two", "one", "two"),
        ("one", None, "one", "one"),
        ("one", "two", "three", "three"),
        ("v?/x", "w?/x", "v1/x", "w1/x"),
    ],
)
def test_a_path_is_renamed_by_what_its_glob_matched(
    glob: str, rename: str | None, path: str, expected: str
) -> None:
    decision = PathDecision(glob=glob, handling=Handling.KEEP, rename=rename)
    assert filing.renamed(decision, path, "dev") == expected


def test_a_path_that_nobody_decided_stops_an_anonymized_alignment_without_its_name() -> None:
    with pytest.raises(filing.UndecidedPath) as refusal:
        _ = filing.placed(
            Policy(repository="files"), DataPolicy.ANONYMIZED, "dev", ("cv/Ana Ruiz.pdf")
        )
    assert "Ana" not in str(refusal.value)


def test_what_the_target_keeps_does_not_come_from_production() -> None:
    policy = Policy(repository="files", preserved_paths=("secrets/**",))
    assert filing.placed(policy, DataPolicy.REPLICA, "dev", "secrets/key") is None
    placed = filing.placed(policy, DataPolicy.REPLICA, "dev", "code/a")
    assert placed is not None
    assert placed.path == "code/a"
