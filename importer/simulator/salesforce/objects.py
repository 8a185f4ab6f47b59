"""The objects and fields of the simulated org (facts: Salesforce §5.2 and §12 row 4), as data.

Standard fields carry the types, lengths, flags and labels of the recorded describes; the custom fields
(``__c``) are this org's own. README.md lists them.
"""

from __future__ import annotations

from dataclasses import replace

from importer.simulator.salesforce.schema import Field, SObject


def _text(name: str, length: int, label: str, flags: str = "CUN", *marks: str) -> Field:
    return Field(name, "string", length, flags, label, marks=frozenset(marks))


def _long(name: str, length: int, label: str) -> Field:
    return Field(name, "textarea", length, "CUN", label, marks=frozenset({"plain", "unfiltered"}))


def _pick(name: str, label: str, *choices: str, length: int = 40, default: str | None = None) -> Field:
    return Field(name, "picklist", length, "CUND" if default else "CUN", label, choices, default)


def _like(name: str, type_: str, length: int, label: str, flags: str = "CUN") -> Field:
    return Field(name, type_, length, flags, label)


def _flag(name: str, label: str, flags: str = "CUD") -> Field:
    return Field(name, "boolean", 0, flags, label, default=False)


def _number(name: str, label: str, precision: int, scale: int, type_: str = "double") -> Field:
    return Field(name, type_, 0, "CUN", label, precision=precision, scale=scale)


def _refer(name: str, label: str, *objects: str, flags: str = "CUN") -> Field:
    relation = name[:-3] + "__r" if name.endswith("__c") else name.removesuffix("Id")
    return Field(name, "reference", 18, flags, label, refers=objects, relation=relation)


def _key(name: str, length: int, label: str, *marks: str) -> Field:
    return _text(name, length, label, "CUN", "external", "lookup", *marks)


def _system(label: str) -> list[Field]:
    return [
        Field("Id", "id", 18, "D", label + " ID", marks=frozenset({"lookup"})),
        _flag("IsDeleted", "Deleted", "D"),
        Field("CreatedDate", "datetime", 0, "D", "Created Date"),
        _refer("CreatedById", "Created By ID", "User", flags="D"),
        Field("LastModifiedDate", "datetime", 0, "D", "Last Modified Date"),
        _refer("LastModifiedById", "Last Modified By ID", "User", flags="D"),
        Field("SystemModstamp", "datetime", 0, "D", "System Modstamp"),
    ]


def _object(
    name: str, prefix: str, label: str, plural: str, fields: tuple[Field, ...], *, writable: bool = True
) -> SObject:
    everything = (*_system(label), *fields)
    return SObject(name, prefix, label, plural, {field.name: field for field in everything}, writable)


_PRODUCTS = ("GC1020", "GC1040", "GC1060", "GC3020", "GC5020", "GC5060")
_REASONS = (
    "Installation",
    "Equipment Complexity",
    "Performance",
    "Breakdown",
    "Equipment Design",
    "Feedback",
)
_TAGS = ("billing", "hardware", "login", "network", "printing", "security", "software", "training")

_CASE = (
    _refer("MasterRecordId", "Master Record ID", "Case", flags="N"),
    _text("CaseNumber", 30, "Case Number", "D", "auto", "lookup", "name"),
    _refer("ContactId", "Contact ID", "Contact"),
    _refer("AccountId", "Account ID", "Account"),
    _refer("AssetId", "Asset ID", "Asset"),
    _refer("ParentId", "Parent Case ID", "Case"),
    _text("SuppliedName", 80, "Name"),
    _like("SuppliedEmail", "email", 80, "Email Address"),
    _text("SuppliedPhone", 40, "Phone"),
    _text("SuppliedCompany", 80, "Company"),
    _pick("Type", "Case Type", "Mechanical", "Electrical", "Electronic", "Structural", "Other"),
    _refer("RecordTypeId", "Record Type ID", "RecordType", flags="CUND"),
    _pick("Status", "Status", "New", "Working", "Escalated", "Closed", default="New"),
    _pick("Reason", "Case Reason", *_REASONS, "Other"),
    _pick("Origin", "Case Origin", "Phone", "Email", "Web"),
    _text("Subject", 255, "Subject"),
    _pick("Priority", "Priority", "High", "Medium", "Low", default="Medium"),
    _long("Description", 32000, "Description"),
    _flag("IsClosed", "Closed", "D"),
    _like("ClosedDate", "datetime", 0, "Closed Date", "N"),
    _flag("IsEscalated", "Escalated"),
    _refer("OwnerId", "Owner ID", "Group", "User", flags="CUD"),
    _like("ContactPhone", "phone", 40, "Contact Phone", "N"),
    _like("ContactMobile", "phone", 40, "Contact Mobile", "N"),
    _like("ContactEmail", "email", 80, "Contact Email", "N"),
    _like("ContactFax", "phone", 40, "Contact Fax", "N"),
    _long("Comments", 4000, "Internal Comments"),
    _like("LastViewedDate", "datetime", 0, "Last Viewed Date", "N"),
    _like("LastReferencedDate", "datetime", 0, "Last Referenced Date", "N"),
    _text("EngineeringReqNumber__c", 12, "Engineering Req Number"),
    _pick("PotentialLiability__c", "Potential Liability", "No", "Yes", length=255),
    _pick("Product__c", "Product", *_PRODUCTS, length=255),
    _pick("SLAViolation__c", "SLA Violation", "No", "Yes", length=255),
    _key("Legacy_Id__c", 80, "Legacy ID", "unique"),
    _key("Serial_No__c", 60, "Serial No", "unique", "sensitive"),
    _key("Partner_Ref__c", 60, "Partner Reference"),
    _text("Legacy_State__c", 80, "Legacy State"),
    replace(
        _pick("Severity__c", "Severity", "Low", "Medium", "High", "Critical", length=255),
        marks=frozenset({"restricted"}),
    ),
    _number("Amount__c", "Amount", 16, 2),
    _number("Effort_Hours__c", "Effort (hours)", 6, 1),
    _like("Due_Date__c", "date", 0, "Due Date"),
    _like("Reported_At__c", "datetime", 0, "Reported At"),
    _flag("Is_Vip__c", "VIP"),
    Field("Tags__c", "multipicklist", 4099, "CUN", "Tags", _TAGS),
    _text("Region__c", 40, "Region"),
)

_CONTACT = (
    _refer("AccountId", "Account ID", "Account"),
    _text("LastName", 80, "Last Name", "CU"),
    _text("FirstName", 40, "First Name"),
    _pick("Salutation", "Salutation", "Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
    _text("Name", 121, "Full Name", "", "name"),
    _like("MailingStreet", "textarea", 255, "Mailing Street"),
    _text("MailingCity", 40, "Mailing City"),
    _text("MailingState", 80, "Mailing State/Province"),
    _text("MailingPostalCode", 20, "Mailing Zip/Postal Code"),
    _text("MailingCountry", 80, "Mailing Country"),
    _like("Phone", "phone", 40, "Business Phone"),
    _like("Fax", "phone", 40, "Business Fax"),
    _like("MobilePhone", "phone", 40, "Mobile Phone"),
    _refer("ReportsToId", "Reports To ID", "Contact"),
    Field("Email", "email", 80, "CUN", "Email", marks=frozenset({"lookup"})),
    _text("Title", 128, "Title"),
    _text("Department", 80, "Department"),
    _pick("LeadSource", "Lead Source", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"),
    _like("Birthdate", "date", 0, "Birthdate"),
    _long("Description", 32000, "Contact Description"),
    _refer("OwnerId", "Owner ID", "User", flags="CUD"),
    _key("Legacy_Id__c", 80, "Legacy ID", "unique"),
)

_ACCOUNT = (
    _text("Name", 255, "Account Name", "CU", "name"),
    _pick("Type", "Account Type", "Prospect", "Customer - Direct", "Customer - Channel", "Other"),
    _refer("ParentId", "Parent Account ID", "Account"),
    _like("BillingStreet", "textarea", 255, "Billing Street"),
    _text("BillingCity", 40, "Billing City"),
    _text("BillingPostalCode", 20, "Billing Zip/Postal Code"),
    _text("BillingCountry", 80, "Billing Country"),
    _like("Phone", "phone", 40, "Account Phone"),
    _text("AccountNumber", 40, "Account Number"),
    _like("Website", "url", 255, "Website"),
    _pick("Industry", "Industry", "Banking", "Education", "Energy", "Healthcare", "Manufacturing", "Retail"),
    _number("AnnualRevenue", "Annual Revenue", 18, 0, "currency"),
    _number("NumberOfEmployees", "Employees", 8, 0, "int"),
    _long("Description", 32000, "Account Description"),
    _refer("OwnerId", "Owner ID", "User", flags="CUD"),
    _key("Legacy_Id__c", 80, "Legacy ID", "unique"),
)

_CASE_COMMENT = (
    _refer("ParentId", "Parent ID", "Case", flags="C"),
    _flag("IsPublished", "Published"),
    Field("CommentBody", "textarea", 4000, "CUN", "Body", marks=frozenset({"plain", "unfiltered"})),
)
_USER = (
    _text("Username", 80, "Username", "CU", "lookup"),
    _text("Name", 121, "Full Name", "", "name"),
    _like("Email", "email", 128, "Email", "CU"),
    _flag("IsActive", "Active"),
    _text("Alias", 8, "Alias", "CU"),
)
_GROUP = (
    _text("Name", 40, "Name", "CU", "name"),
    _text("DeveloperName", 80, "Developer Name", "CU"),
    _pick("Type", "Type", "Queue", "Regular"),
)
_QUEUE_SOBJECT = (
    _refer("QueueId", "Group ID", "Group"),
    _text("SobjectType", 40, "Sobject Type"),
)
_RECORD_TYPE = (
    _text("Name", 80, "Name", "CU", "name"),
    _text("DeveloperName", 80, "Record Type Name", "CU"),
    _text("SobjectType", 40, "SObject Type Name", "C"),
    _flag("IsActive", "Active"),
)
_ASSIGNMENT_RULE = (
    _text("Name", 120, "Name", "", "name"),
    _text("SobjectType", 40, "SObject Type", ""),
    _flag("Active", "Active", "D"),
)
_CASE_STATUS = (
    _text("ApiName", 255, "Api Name", "", "name"),
    _text("MasterLabel", 255, "Master Label", ""),
    _number("SortOrder", "Sort Order", 9, 0, "int"),
    _flag("IsDefault", "Is Default", "D"),
    _flag("IsClosed", "Is Closed", "D"),
)
_ASSET = (
    _text("Name", 255, "Asset Name", "CU", "name"),
    _text("SerialNumber", 80, "Serial Number"),
    _refer("AccountId", "Account ID", "Account"),
    _refer("ContactId", "Contact ID", "Contact"),
    _refer("OwnerId", "Owner ID", "User", flags="CUD"),
)
_ORGANIZATION = (
    _text("Name", 80, "Name", "U", "name"),
    _text("InstanceName", 5, "Instance Name", "N"),
    _pick("OrganizationType", "Edition", "Developer Edition", "Enterprise Edition", "Unlimited Edition"),
    _flag("IsSandbox", "Is Sandbox", "D"),
    _text("LanguageLocaleKey", 40, "Language", "U"),
    _text("TimeZoneSidKey", 40, "Time Zone", "U"),
    _like("TrialExpirationDate", "datetime", 0, "Trial Expiration Date", "N"),
    _text("NamespacePrefix", 15, "Namespace Prefix", "N"),
)

_OBJECTS = (
    _object("Case", "500", "Case", "Cases", _CASE),
    _object("Contact", "003", "Contact", "Contacts", _CONTACT),
    _object("Account", "001", "Account", "Accounts", _ACCOUNT),
    _object("CaseComment", "00a", "Case Comment", "Case Comments", _CASE_COMMENT),
    _object("Asset", "02i", "Asset", "Assets", _ASSET),
    _object("CaseStatus", "01J", "Case Status Value", "Case Status Value", _CASE_STATUS, writable=False),
    _object("User", "005", "User", "Users", _USER, writable=False),
    _object("Group", "00G", "Group", "Groups", _GROUP, writable=False),
    _object("QueueSobject", "03g", "Queue Sobject", "Queue Sobjects", _QUEUE_SOBJECT, writable=False),
    _object("RecordType", "012", "Record Type", "Record Types", _RECORD_TYPE, writable=False),
    _object("AssignmentRule", "01Q", "Assignment Rule", "Assignment Rules", _ASSIGNMENT_RULE, writable=False),
    _object("Organization", "00D", "Organization", "Organizations", _ORGANIZATION, writable=False),
)

AUDIT = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById")


def sobjects(*, audit: bool = False, required_field: bool = False) -> dict[str, SObject]:
    """Return the objects by lower-case name, under the switches ``audit_fields`` and ``required_field``."""
    return {each.name.lower(): _switched(each, audit, required_field) for each in _OBJECTS}


def _switched(sobject: SObject, audit: bool, required_field: bool) -> SObject:
    fields = dict(sobject.fields)
    if audit and sobject.writable:
        for name in AUDIT:
            fields[name] = replace(fields[name], flags="CD")
    if required_field and sobject.name == "Case":
        fields["Region__c"] = replace(fields["Region__c"], flags="CU")
    return replace(sobject, fields=fields)
