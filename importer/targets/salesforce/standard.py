"""The fields that every org's Case has, for looking at a table without a connection (facts §5.2)."""

from __future__ import annotations

from importer.model.schema import Property, PropertyType, Schema


def _field(name: str, label: str, kind: PropertyType = "text", length: int | None = None) -> Property:
    return Property(name, kind, label, length=length)


_FIELDS = (
    _field("ContactId", "Contact ID", "id", 18),
    _field("AccountId", "Account ID", "id", 18),
    _field("ParentId", "Parent Case ID", "id", 18),
    _field("OwnerId", "Owner ID", "id", 18),
    _field("Subject", "Subject", length=255),
    _field("Description", "Description", length=32000),
    _field("Status", "Status", length=40),
    _field("Priority", "Priority", length=40),
    _field("Origin", "Case Origin", length=40),
    _field("Type", "Case Type", length=40),
    _field("Reason", "Case Reason", length=40),
    _field("SuppliedName", "Name", length=80),
    _field("SuppliedEmail", "Email Address", "email", 80),
    _field("SuppliedPhone", "Phone", length=40),
    _field("SuppliedCompany", "Company", length=80),
    _field("IsEscalated", "Escalated", "boolean"),
    _field("Comments", "Internal Comments", length=4000),
)

STANDARD_CASE = Schema("Case", {each.name: each for each in _FIELDS}, "")
"""Case as Salesforce ships it: no custom fields, no choices of picklists, which are each org's own."""
