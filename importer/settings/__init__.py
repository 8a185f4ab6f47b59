"""Connections and secret references: everything the user says about a system once (design §6)."""

from importer.settings.addresses import check_url, is_loopback
from importer.settings.connection import (
    SIMULATOR,
    ConnectionSettings,
    Credentials,
    fetch_value,
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
    "ConnectionSettings",
    "Connections",
    "Credentials",
    "Rate",
    "Reference",
    "Reserve",
    "Setting",
    "TargetName",
    "check_url",
    "config_folder",
    "fetch_value",
    "is_loopback",
    "keys_of",
    "load_connections",
    "parse_duration",
    "parse_rate",
    "reference_table",
    "resolve",
    "simulator_connection",
]
