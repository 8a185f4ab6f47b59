"""The journal: what was meant, what was sent and what came of it, in one SQLite database (design §3, §7).

The journal is the truth; results, resume and undo are views of it. The one ordering rule: an intent is
durable before its request leaves, an outcome is durable before it is shown.
"""
