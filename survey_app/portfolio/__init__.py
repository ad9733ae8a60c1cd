"""All clients side by side: where to look first, compared fairly."""
