"""Decisions explained: why this risk, why this action, what the customer may be told, and how to ask for a person."""

from serving.explanation.explaining import Explainer
from serving.explanation.explanation_settings import ExplanationSettings, read_explanations

__all__ = ["Explainer", "ExplanationSettings", "read_explanations"]
