"""What is stored: every table is declared once in `content/tables/NAME.yaml`, and used everywhere from there."""

from __future__ import annotations

from hygie.tables.schema import Column, Table, arrow_schema, empty, load_tables, table

__all__ = ["Column", "Table", "arrow_schema", "empty", "load_tables", "table"]
