"""The life of the master key and of the database as a whole: rotation, backup, restore.

All of it is done by `wayfill` on the server itself; nothing here answers over HTTP.
"""
