"""Connections and secret references: everything the user says about a system once (design §6)."""

from importer.settings.addresses import check_url, host_of, is_among, is_host_name, is_loopback, origin_of
from importer.settings.caserest import Caserest, Version, caserest
from importer.settings.connection import (
    SIMULATOR,
    ConnectionSettings,
    Credentials,
    Value,
    fetch_value,
    fetched,
    resolve,
    simulator_connection,
)
from importer.settings.connections import Connections, config_folder, load_connections
from importer.settings.keys import IBM, SALESFORCE, TARGETS, Setting, TargetName, keys_of, reference_table
from importer.settings.references import Reference
from importer.settings.units import Rate, Reserve, parse_duration, parse_rate

__all__ = [
    "IBM",
    "SALESFORCE",
    "SIMULATOR",
    "TARGETS",
    "Caserest",
    "ConnectionSettings",
    "Connections",
    "Credentials",
    "Rate",
    "Reference",
    "Reserve",
    "Setting",
    "TargetName",
    "Value",
    "Version",
    "caserest",
    "check_url",
    "config_folder",
    "fetch_value",
    "fetched",
    "host_of",
    "is_among",
    "is_host_name",
    "is_loopback",
    "keys_of",
    "load_connections",
    "origin_of",
    "parse_duration",
    "parse_rate",
    "reference_table",
    "resolve",
    "simulator_connection",
]
