"""Solutions, case types and properties of the simulated server (facts: IBM §4.2, §5, §6), as data.

``AUTO_CollisionClaim`` in the object store ``ATOSME`` is the case type of IBM's own sample request; its
further properties are this server's own. README.md lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

OBJECT_STORE = "ATOSME"
SOLUTION = "Automobile Claims"
PREFIX = "AUTO"
CONNECTION_POINT = "PECP_ATOSME"
STATES = ("New", "Initializing", "Working", "Complete", "Failed")

_EARLIEST, _LATEST = "1753-01-01T00:00:00Z", "9999-12-31T23:59:59Z"


@dataclass(frozen=True, slots=True)
class Property:
    """One property. ``choices`` are (label, value); ``updatability`` is readwrite, readonly or oncreate.

    ``distinct`` says that a multi-valued property takes each value once (RequiresUniqueElements).
    """

    name: str
    label: str
    type: str = "string"
    multi: bool = False
    required: bool = False
    max_length: int | None = None
    minimum: Any = None
    maximum: Any = None
    choices: tuple[tuple[str, str], ...] = ()
    choice_list: str = ""
    updatability: str = "readwrite"
    hidden: bool = False
    default: Any = None
    distinct: bool = False
    inherited: bool = False

    def metadata(self) -> dict[str, Any]:
        """Return the property as a case type answer shows it."""
        entry: dict[str, Any] = {
            "SymbolicName": self.name,
            "DisplayName": self.label,
            "Value": [] if self.multi else self.default,
            "DisplayMode": "readonly" if self.updatability == "readonly" else "readwrite",
            "Description": "",
            "PropertyType": self.type,
            "Cardinality": "multi" if self.multi else "single",
            "Updatability": self.updatability,
            "Required": self.required,
            "Queryable": True,
            "Orderable": not self.multi,
            "Hidden": self.hidden,
            "Inherited": self.inherited,
            "DefaultValue": self.default,
            "HasDependentProperties": False,
        }
        if self.multi:
            entry["RequiresUniqueElements"] = self.distinct
        if self.type == "string":
            entry["MaxLength"] = self.max_length
        if self.minimum is not None:
            entry |= {"MinValue": self.minimum, "MaxValue": self.maximum}
        if self.choices:
            choices = [{"ChoiceName": label, "Value": value} for label, value in self.choices]
            entry["ChoiceList"] = {"DisplayName": self.choice_list, "Choices": choices}
        return entry

    def data(self) -> dict[str, Any]:
        """Return the property as v2 shows it: less than v1, and ``Required`` only when it is (facts §4.2)."""
        whole = self.metadata()
        names = ("Cardinality", "PropertyType", "Value", "ChoiceList")
        data = {name: whole[name] for name in names if name in whole}
        return {"SymbolicName": self.name, "Data": data | ({"Required": True} if self.required else {})}


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity of a case type; an ``automatic`` one starts with the case and makes a work item."""

    name: str
    label: str
    automatic: bool = True


@dataclass(frozen=True)
class CaseType:
    """One case type: its properties by name, how its cases are called, and whether we may create them."""

    name: str
    label: str
    properties: Mapping[str, Property]
    title_property: str = "CmAcmCaseIdentifier"
    identifier_prefix: str = ""
    creatable: bool = True
    activities: tuple[Activity, ...] = ()

    def identifier(self, number: int) -> str:
        """Return the case identifier of a sequence number (facts §6)."""
        return f"{self.identifier_prefix or self.name}_{number:012d}"

    @cached_property
    def required(self) -> tuple[Property, ...]:
        """The properties without which a create is refused."""
        return tuple(each for each in self.properties.values() if each.required and each.default is None)

    @property
    def own(self) -> tuple[Property, ...]:
        """The properties that are not every case's: what v2 lists."""
        return tuple(each for each in self.properties.values() if not each.inherited)

    def metadata(self) -> dict[str, Any]:
        """Return the answer of the case type resource."""
        return {
            "CaseType": self.name,
            "DisplayName": self.label,
            "Description": "",
            "CaseTitleProperty": self.title_property,
            "ExternalDataIdentifier": None,
            "Properties": [each.metadata() for each in self.properties.values()],
        }


def _text(name: str, label: str, length: int, **more: Any) -> Property:
    return Property(name, label, max_length=length, **more)


def _choice(name: str, label: str, title: str, choices: tuple[tuple[str, str], ...], **more: Any) -> Property:
    return Property(name, label, max_length=16, choices=choices, choice_list=title, **more)


def _number(name: str, label: str, type_: str, minimum: float, maximum: float, **more: Any) -> Property:
    return Property(name, label, type_, minimum=minimum, maximum=maximum, **more)


def _time(name: str, label: str, **more: Any) -> Property:
    return Property(name, label, "datetime", minimum=_EARLIEST, maximum=_LATEST, **more)


_SYSTEM = (
    _text("CmAcmCaseIdentifier", "Case Identifier", 85, updatability="readonly", inherited=True),
    Property("CmAcmCaseState", "Case State", "integer", updatability="readonly", inherited=True),
    _text("Creator", "Added By", 255, updatability="readonly", inherited=True),
    _time("DateCreated", "Date Added", updatability="readonly", inherited=True),
    _text("LastModifier", "Modified By", 255, updatability="readonly", inherited=True),
    _time("DateLastModified", "Date Modified", updatability="readonly", inherited=True),
)
_STATUSES = (("Open", "0"), ("Under review", "1"), ("Approved", "2"), ("Denied", "3"), ("Closed", "4"))
_REGIONS = (("North", "N"), ("East", "E"), ("South", "S"), ("West", "W"))
_CHANNELS = (("Phone", "PHONE"), ("Web", "WEB"), ("Agent", "AGENT"), ("E-mail", "EMAIL"))
_PARTS = (
    *(("Front bumper", "FB"), ("Rear bumper", "RB"), ("Hood", "HD"), ("Windshield", "WS")),
    *(("Left door", "LD"), ("Right door", "RD"), ("Headlight", "HL"), ("Fender", "FN")),
)
_COLLISION = (
    _time("AUTO_ClaimDate", "Claim Date", required=True),
    _choice("AUTO_ClaimStatus", "Claim Status", "Claim Statuses", _STATUSES, default="0"),
    _text("AUTO_ClaimNumber", "Claim Number", 20),
    _text("AUTO_PolicyNumber", "Policy Number", 12),
    _text("AUTO_InsuredName", "Insured Name", 64),
    _text("AUTO_InsuredEmail", "Insured E-mail", 80),
    _time("AUTO_LossDate", "Date of Loss"),
    _text("AUTO_LossDescription", "Loss Description", 4000),
    _text("AUTO_VehicleMake", "Vehicle Make", 40),
    _number("AUTO_VehicleYear", "Vehicle Year", "integer", 1900, 2100),
    _number("AUTO_EstimatedDamage", "Estimated Damage", "float", 0, 1_000_000),
    _number("AUTO_Deductible", "Deductible", "float", 0, 10_000),
    Property("AUTO_InjuriesReported", "Injuries Reported", "boolean"),
    _choice("AUTO_Region", "Region", "Regions", _REGIONS),
    _choice("AUTO_IntakeChannel", "Intake Channel", "Intake Channels", _CHANNELS, updatability="oncreate"),
    _choice("AUTO_DamagedParts", "Damaged Parts", "Damaged Parts", _PARTS, multi=True, distinct=True),
    _text("AUTO_Witnesses", "Witnesses", 64, multi=True),
    _number("AUTO_RepairEstimates", "Repair Estimates", "float", 0, 1_000_000, multi=True),
    Property("AUTO_AdjusterReference", "Adjuster Reference", "id"),
    _number("AUTO_PayoutTotal", "Payout Total", "float", 0, 1_000_000, updatability="readonly"),
    _number("AUTO_InternalScore", "Internal Score", "integer", 0, 100, hidden=True),
    Property("AUTO_ClaimantContact", "Claimant Contact", "object"),
    Property("AUTO_Passengers", "Passengers", "object", multi=True),
)
_GLASS = (
    _text("AUTO_ClaimTitle", "Claim Title", 120, required=True),
    _time("AUTO_ClaimDate", "Claim Date"),
    _text("AUTO_PolicyNumber", "Policy Number", 12),
    _number("AUTO_EstimatedDamage", "Estimated Damage", "float", 0, 1_000_000),
)
_COLLISION_ACTIVITIES = (
    Activity("AUTO_ReviewClaim", "Review Claim"),
    Activity("AUTO_InspectVehicle", "Inspect Vehicle", automatic=False),
)
_GLASS_ACTIVITIES = (
    Activity("AUTO_OrderGlass", "Order Glass"),
    Activity("AUTO_NotifyWorkshop", "Notify Workshop"),
)
_INQUIRY = (_text("AUTO_InquirySubject", "Subject", 120), _text("AUTO_InquiryText", "Text", 4000))
_REVIEW = (_text("AUTO_ReviewReason", "Review Reason", 255, required=True),)


def _properties(own: tuple[Property, ...]) -> dict[str, Property]:
    return {each.name: each for each in (*own, *_SYSTEM)}


CASE_TYPES = {
    each.name: each
    for each in (
        CaseType(
            "AUTO_CollisionClaim",
            "Collision Claim",
            _properties(_COLLISION),
            activities=_COLLISION_ACTIVITIES,
        ),
        CaseType(
            "AUTO_GlassClaim",
            "Glass Claim",
            _properties(_GLASS),
            title_property="AUTO_ClaimTitle",
            identifier_prefix="GLASS",
            activities=_GLASS_ACTIVITIES,
        ),
        CaseType("AUTO_Inquiry", "Inquiry", _properties(_INQUIRY)),
        CaseType("AUTO_FraudReview", "Fraud Review", _properties(_REVIEW), creatable=False),
    )
}
