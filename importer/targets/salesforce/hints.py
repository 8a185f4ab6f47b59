"""What to know of fields that cannot be set, and how a field for the key is made (facts §5.2)."""

from __future__ import annotations

from collections.abc import Mapping

AUDIT = frozenset({"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById"})
"""They can be set on create, and only by users with a permission ([doc] OR:system_fields)."""

_PERMISSION = (
    'Needs the permission "Set Audit Fields upon Record Creation": an administrator enables it under Setup > '
    "User Interface, and gives it to this user by a permission set. Without it the org sets the field itself."
)
_OWN = "keep the old value in a field of your own"
_HINTS: Mapping[str, str] = {
    **dict.fromkeys(AUDIT, _PERMISSION),
    "ClosedDate": "No API sets it: a case that is created with a closed Status counts as closed at the "
    f"moment of the import; {_OWN}.",
    "IsClosed": "It follows from Status: map Status to a value that the org counts as closed.",
    "CaseNumber": f"The org numbers its cases itself; {_OWN}.",
    "SystemModstamp": "The org sets it with each change.",
    **dict.fromkeys(
        ("ContactPhone", "ContactMobile", "ContactFax", "ContactEmail"),
        "It is copied from the contact: map ContactId, or use the fields Supplied….",
    ),
}


def hint_of(name: str) -> str:
    """Return what to know of a field that cannot be set; empty where there is nothing special."""
    return _HINTS.get(name, "")


def key_hint(sobject: str) -> str:
    """Return how a field is made that carries the keys of rows."""
    return (
        f"Setup > Object Manager > {sobject} > Fields & Relationships > New: type Text, long enough for the "
        "keys; tick External ID and Unique; make it visible to this user. Then name it as match."
    )
