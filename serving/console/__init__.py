"""The page: what reviewers and the reminder team see and decide, served by the service itself at ``/``."""
