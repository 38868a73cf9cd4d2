"""How often something may be tried: counted in the database, before the attempt is judged.

Has no endpoint of its own; `sessions` counts through it, and the console and the command line show and lift blocks.
"""
