"""A frozen value is what the standard library's frozen dataclass is, whatever its fields."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from importer.model.frozen import frozen


@frozen
class Parcel:
    """As one of ours."""

    number: int
    secret: str = field(repr=False)
    tags: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    open: bool = True

    @property
    def name(self) -> str:
        """Its name."""
        return f"parcel {self.number}"


@dataclass(frozen=True, slots=True)
class Twin:
    """The same, as the standard library makes it."""

    number: int
    secret: str = field(repr=False)
    tags: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    open: bool = True


@frozen
class Checked:
    """One that looks at what it is given."""

    path: str

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise ValueError(self.path)


def test_is_what_the_standard_library_makes():
    """Fields, defaults, text, equality, copies and changed copies are those of the standard library."""
    ours, theirs = Parcel(7, "s", open=False), Twin(7, "s", open=False)
    assert repr(ours) == repr(theirs).replace("Twin", "Parcel") and "secret" not in repr(ours)
    assert [each.name for each in fields(ours)] == [each.name for each in fields(theirs)]
    assert ours == Parcel(7, "s", (), {}, False) and ours != Parcel(8, "s") and ours != theirs
    assert replace(ours, number=8) == Parcel(8, "s", open=False) and ours.name == "parcel 7"
    assert copy.deepcopy(ours) == ours == pickle.loads(pickle.dumps(ours))
    assert Parcel(1, "s").notes is not Parcel(1, "s").notes
    assert hash(Checked("/a")) == hash(Checked("/a"))


def test_does_not_change():
    """No field can be set, no other can be added, however the value came about."""
    for value in (Parcel(7, "s"), replace(Parcel(7, "s"), number=8), copy.copy(Parcel(7, "s"))):
        assert type(value) is Parcel
        with pytest.raises(FrozenInstanceError):
            value.number = 9
        with pytest.raises(FrozenInstanceError):
            del value.number
        with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
            value.another = 1


def test_is_made_of_all_its_fields():
    """A field that is missing, or not one of its own, is said by name; what it checks is checked."""
    with pytest.raises(
        TypeError, match=r"Parcel.__init__\(\) missing 1 required positional argument: 'secret'"
    ):
        Parcel(7)
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        Parcel(7, "s", colour="red")
    with pytest.raises(ValueError, match="below"):
        Checked("below")
