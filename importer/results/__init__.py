"""Rows and what became of them → the analyst's own table back, as text or as a workbook."""

from importer.results.columns import COLUMNS
from importer.results.naming import results_path
from importer.results.writing import write_results

__all__ = ["COLUMNS", "results_path", "write_results"]
