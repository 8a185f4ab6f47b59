"""Describe answers, in the shape of the recorded ones: every key is there, built from the schema."""

from __future__ import annotations

from typing import Any

from importer.simulator.salesforce.schema import TEXT_TYPES, Field, SObject

_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "datetime": "xsd:dateTime",
    "date": "xsd:date",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "int": "xsd:int",
}
_NOT_GROUPED = {"double", "currency", "percent", "datetime"}
_CONSTANT_OF_FIELD = {
    "aggregatable": True,
    "aiPredictionField": False,
    "calculated": False,
    "calculatedFormula": None,
    "cascadeDelete": False,
    "compoundFieldName": None,
    "controllerName": None,
    "defaultValueFormula": None,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "inlineHelpText": None,
    "mask": None,
    "maskType": None,
    "queryByDistance": False,
    "referenceTargetField": None,
    "relationshipOrder": None,
    "restrictedDelete": False,
    "searchPrefilterable": False,
    "writeRequiresMasterRead": False,
}
_CONSTANT_OF_OBJECT = {
    "actionOverrides": [],
    "activateable": False,
    "childRelationships": [],
    "compactLayoutable": True,
    "custom": False,
    "customSetting": False,
    "deepCloneable": False,
    "defaultImplementation": None,
    "deprecatedAndHidden": False,
    "extendedBy": None,
    "extendsInterfaces": None,
    "feedEnabled": True,
    "hasSubtypes": False,
    "implementedBy": None,
    "implementsInterfaces": None,
    "isInterface": False,
    "isSubtype": False,
    "layoutable": True,
    "listviewable": None,
    "lookupLayoutable": None,
    "mergeable": False,
    "mruEnabled": True,
    "namedLayoutInfos": [],
    "networkScopeFieldName": None,
    "queryable": True,
    "replicateable": True,
    "retrieveable": True,
    "searchLayoutable": True,
    "searchable": True,
    "supportedScopes": [{"label": "All records", "name": "everything"}],
    "triggerable": True,
}


def describe_field(field: Field) -> dict[str, Any]:
    """Return one entry of ``fields``, with all keys as recorded (facts §5.1), in their order."""
    text = field.type in TEXT_TYPES
    unfiltered = "unfiltered" in field.marks or field.type == "multipicklist"
    length = field.length if text or field.type in {"id", "reference"} else 0
    narrow = not text or field.name == "Comments"
    entry = _CONSTANT_OF_FIELD | {
        "aggregatable": not unfiltered and field.type != "boolean",
        "autoNumber": "auto" in field.marks,
        "byteLength": length if narrow else length * 3,
        "caseSensitive": "sensitive" in field.marks,
        "createable": field.createable,
        "custom": field.name.endswith("__c"),
        "defaultValue": field.default,
        "defaultedOnCreate": "D" in field.flags,
        "digits": field.precision if field.type == "int" else 0,
        "externalId": "external" in field.marks,
        "extraTypeInfo": "plaintextarea" if "plain" in field.marks else None,
        "filterable": "unfiltered" not in field.marks,
        "groupable": not unfiltered and field.type not in _NOT_GROUPED and "auto" not in field.marks,
        "idLookup": "lookup" in field.marks,
        "label": field.label,
        "length": length,
        "name": field.name,
        "nameField": "name" in field.marks,
        "namePointing": len(field.refers) > 1,
        "nillable": "N" in field.flags,
        "permissionable": "N" in field.flags and field.createable,
        "picklistValues": [_choice(value, field) for value in field.choices],
        "polymorphicForeignKey": len(field.refers) > 1,
        "precision": 0 if field.type == "int" else field.precision,
        "referenceTo": list(field.refers),
        "relationshipName": field.relation,
        "restrictedPicklist": "restricted" in field.marks,
        "scale": field.scale,
        "soapType": _SOAP.get(field.type, "xsd:string"),
        "sortable": not unfiltered,
        "type": field.type,
        "unique": "unique" in field.marks,
        "updateable": field.updateable,
    }
    return dict(sorted(entry.items(), key=lambda item: item[0].lower()))


def _choice(value: str, field: Field) -> dict[str, Any]:
    return {
        "active": True,
        "defaultValue": value == field.default,
        "label": value,
        "validFor": None,
        "value": value,
    }


def describe_brief(sobject: SObject, version: str) -> dict[str, Any]:
    """Return the entry of the object in the list of all objects."""
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    return _CONSTANT_OF_OBJECT | {
        "createable": sobject.writable,
        "deletable": sobject.writable,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "name": sobject.name,
        "undeletable": sobject.writable,
        "updateable": sobject.writable,
        "urls": {
            "sobject": base,
            "describe": base + "/describe",
            "rowTemplate": base + "/{ID}",
        },
    }


def describe(sobject: SObject, version: str, record_types: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the whole describe of an object. ``record_types`` come without their addresses."""
    layouts = f"/services/data/v{version}/sobjects/{sobject.name}/describe/layouts/"
    brief = describe_brief(sobject, version) | {
        "fields": [describe_field(field) for field in sobject.fields.values()],
        "recordTypeInfos": [
            each | {"urls": {"layout": layouts + each["recordTypeId"]}} for each in record_types
        ],
    }
    return dict(sorted(brief.items(), key=lambda item: item[0].lower()))
