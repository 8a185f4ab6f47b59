"""Mapping files of Salesforce Data Loader (``.sdl``) as mapping files of ours, with all that is lost said."""

from __future__ import annotations

from importer.mapping.sdl.convert import Converted, convert

__all__ = ["Converted", "convert"]
