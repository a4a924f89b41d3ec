"""A score, a decision, and the service that answers with both."""
