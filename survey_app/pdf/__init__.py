"""How every PDF of the product is set: its typefaces, its scripts and its blocks of text."""
