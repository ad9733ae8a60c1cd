"""The score sheet as a PDF, drawn from the frozen snapshot."""
