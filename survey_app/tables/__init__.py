"""How a table is read: one reader and one preview for contacts, facts and whatever else comes in a file."""
