"""Charts drawn by the server as plain SVG: numbers and words in, a drawing out, no web and no database."""
