"""The chapters of the report: each asks a reviewer's question and answers it from the record of a training."""
