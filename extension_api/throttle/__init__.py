"""How often something may be tried: counted in the database, before the attempt is judged.

Has no endpoint of its own; `sessions` counts through it.
"""
