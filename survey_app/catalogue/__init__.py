"""The 45 indicators of the trade paper."""
