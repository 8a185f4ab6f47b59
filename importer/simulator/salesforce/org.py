"""The org itself: its objects under the switches in force, and what it holds before anybody comes."""

from __future__ import annotations

from typing import Any

from importer.simulator.ids import make_id
from importer.simulator.salesforce.errors import not_found
from importer.simulator.salesforce.objects import sobjects
from importer.simulator.salesforce.schema import SObject
from importer.simulator.salesforce.values import stamp
from importer.simulator.store import Fields
from importer.simulator.world import World

SYSTEM = "salesforce"
API_USER = make_id("005", 1_000_011)
OTHER_USER = make_id("005", 1_000_012)
RULE_QUEUE = make_id("00G", 1_000_003)
ASSIGNMENT_RULE = make_id("01Q", 1_000_001)
MASTER_RECORD_TYPE = "012000000000000AAA"

_USERS = (
    # number, username, name, active
    (11, "importer@example.com", "Import User", True),
    (12, "agent@example.com", "Avery Agent", True),
    (13, "support.lead@example.com", "Sam Lead", True),
    (14, "left@example.com", "Lee Left", False),
)
_QUEUES = (
    # number, developer name, name, takes cases
    (1, "Support", "Support", True),
    (2, "Support_EMEA", "Support EMEA", True),
    (3, "Triage", "Triage", True),
    (4, "Lead_Queue", "Leads", False),
)
_ACCOUNTS = (
    # number, name, account number, legacy id
    (1, "Acme Corporation", "AC-1001", "ACME-1"),
    (2, "Globex GmbH", "AC-1002", "GLOBEX-1"),
    (3, "Initech Ltd", "AC-1003", "INITECH-1"),
    (4, "Umbrella SA", "AC-1004", "UMBRELLA-1"),
    (5, "Twin Towers Trading", "AC-2000", "TWIN-1"),
    (6, "Twin Towers Trading", "AC-2000", "TWIN-2"),
)
_CONTACTS = (
    # number, first name, last name, e-mail, account number of the table above
    (1, "Ada", "Acme", "ada@acme.example", 1),
    (2, "Gus", "Globex", "gus@globex.example", 2),
    (3, "Ines", "Initech", "ines@initech.example", 3),
    (4, "Uma", "Umbrella", "uma@umbrella.example", 4),
)
_RECORD_TYPES = (
    # number, developer name, name, available to the API user
    (1, "Support", "Support", True),
    (2, "Complaint", "Complaint", True),
    (3, "Internal", "Internal", False),
)


_STATUSES = (("New", False), ("Working", False), ("Escalated", False), ("Closed", True))


def objects(world: World) -> dict[str, SObject]:
    """Return the objects by lower-case name."""
    found: dict[str, SObject] | None = world.cache.get("sobjects")
    if found is None:
        behaviour = world.behaviour
        found = sobjects(audit=behaviour.audit_fields, required_field=behaviour.required_field)
        world.cache["sobjects"] = found
    return found


def find_object(world: World, name: str) -> SObject:
    """Return the object called ``name`` in any letter case. Raises RefusalError (404)."""
    sobject = objects(world).get(name.lower())
    if not sobject:
        raise not_found()
    return sobject


def keys(sobject: SObject, values: Fields) -> dict[str, str]:
    """Return the key fields of a record, folded as the org compares them."""
    return {field.name: field.fold(values[field.name]) for field in sobject.keys if values.get(field.name)}


def org_id(world: World) -> str:
    """Return the id of the org that this store was made for."""
    cached: str | None = world.cache.get("org id")
    if cached is None:
        cached = world.store.select("type = 'Organization'")[0].id
        world.cache["org id"] = cached
    return cached


def record_types(world: World, sobject: SObject) -> list[dict[str, Any]]:
    """Return ``recordTypeInfos`` of an object, without addresses; the master type is always the last."""
    found = [
        _record_type(each.fields["Name"], each.fields["DeveloperName"], each.id, each.fields["IsActive"])
        for each in world.store.select("type = 'RecordType'")
        if each.fields["SobjectType"] == sobject.name
    ]
    master = _record_type("Master", "Master", MASTER_RECORD_TYPE, True) | {"master": True}
    for each in found:
        each["defaultRecordTypeMapping"] = each["developerName"] == "Support"
    return [*found, master | {"defaultRecordTypeMapping": not found}]


def _record_type(name: str, developer_name: str, id_: str, available: bool) -> dict[str, Any]:
    return {
        "active": available,
        "available": available,
        "defaultRecordTypeMapping": False,
        "developerName": developer_name,
        "master": False,
        "name": name,
        "recordTypeId": id_,
    }


def seed(world: World) -> None:
    """Save the org, its users, queues, record types, states of cases, accounts, contacts and an asset."""
    base = 1_000_000
    put = _Seeder(world)
    org: Fields = {"Name": "Simulated Org", "InstanceName": "SIM1", "OrganizationType": "Enterprise Edition"}
    org |= {
        "IsSandbox": not world.behaviour.production,
        "LanguageLocaleKey": "en_US",
        "TimeZoneSidKey": "Europe/Zurich",
    }
    put("Organization", base + world.behaviour.org, org)
    for number, username, name, active in _USERS:
        user = {"Username": username, "Name": name, "Email": username, "Alias": name[:8], "IsActive": active}
        put("User", base + number, user)
    for number, developer_name, name, takes_cases in _QUEUES:
        queue = put("Group", base + number, {"DeveloperName": developer_name, "Name": name, "Type": "Queue"})
        kind = "Case" if takes_cases else "Lead"
        put("QueueSobject", base + number, {"QueueId": queue, "SobjectType": kind})
    for number, developer_name, name, available in _RECORD_TYPES:
        kinds = {"DeveloperName": developer_name, "Name": name, "SobjectType": "Case", "IsActive": available}
        put("RecordType", base + number, kinds)
    for place, (status, closed) in enumerate(_STATUSES, 1):
        flags = {"SortOrder": place, "IsDefault": place == 1, "IsClosed": closed}
        put("CaseStatus", base + place, {"ApiName": status, "MasterLabel": status} | flags)
    put("AssignmentRule", base + 1, {"Name": "Standard", "SobjectType": "Case", "Active": True})
    accounts = {}
    for number, name, account_number, legacy in _ACCOUNTS:
        account = {
            "Name": name,
            "AccountNumber": account_number,
            "Legacy_Id__c": legacy,
            "OwnerId": OTHER_USER,
        }
        accounts[number] = put("Account", base + number, account)
    for number, first, last, email, account_number_ in _CONTACTS:
        contact = {"FirstName": first, "LastName": last, "Name": f"{first} {last}", "Email": email}
        contact |= {"Phone": f"+41 44 555 01 0{number}", "OwnerId": OTHER_USER}
        put("Contact", base + number, contact | {"AccountId": accounts[account_number_]})
    asset = {"Name": "Acme Printer", "SerialNumber": "SN-1001", "OwnerId": OTHER_USER}
    put("Asset", base + 1, asset | {"AccountId": accounts[1]})


class _Seeder:
    def __init__(self, world: World) -> None:
        self._world = world
        self._modified = stamp(world.now())
        self._audit = {
            **dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), self._modified),
            **dict.fromkeys(("CreatedById", "LastModifiedById"), OTHER_USER),
            "IsDeleted": False,
        }

    def __call__(self, name: str, number: int, values: Fields) -> str:
        sobject = objects(self._world)[name.lower()]
        id_ = make_id(sobject.prefix, number)
        fields = {"Id": id_, **self._audit, **values}
        self._world.store.insert(
            *(SYSTEM, name, id_, fields, keys(sobject, values)),
            committed=0.0,
            modified=self._modified,
        )
        return id_
