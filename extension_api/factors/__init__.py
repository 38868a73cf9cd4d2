"""What proves a person beside their password: one-time codes, recovery codes, passkeys.

Has no endpoint of its own. `sessions` asks it when somebody signs in or confirms who they are, and the console shows
and changes what a person has. Nothing here looks at a password, and nothing here begins a session.
"""
