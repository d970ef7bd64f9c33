from liftlock.downalign.filled import Filled


def test_what_a_copy_must_hold_survives_its_mark() -> None:
    filled = Filled(
        rows={"public.a": 3},
        sequences={"public.s": "4 true"},
        large_objects=1,
        large_objects_digest="ab",
        distinct={"public.a.b": 2},
        figures={"public.a": "3 77"},
        picture={"relation public.a": "00ff"},
        same_major=True,
    )
    assert Filled.from_facts(dict(filled.as_facts())) == filled
