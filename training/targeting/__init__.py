"""How well predicted effects rank customers: who to treat first, how many, and what it brings. From logs, proven."""
