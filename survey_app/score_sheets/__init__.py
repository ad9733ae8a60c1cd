"""The signed, numbered editions of a wave's result."""
