"""Groups of people, and what administrators do with people: add, disable, enable, make administrator."""
