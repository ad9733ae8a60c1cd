"""The score sheet as a workbook with live formulas, written from the frozen snapshot."""
