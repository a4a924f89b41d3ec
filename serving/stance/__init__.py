"""Why a customer pays late: willingness and ability, read from signals that a person can check, with the evidence."""

from serving.stance.evidence import Evidence
from serving.stance.stance_settings import Signal, StanceSettings, read_stance
from serving.stance.stances import Stances, stance_of, stances_of

__all__ = ["Evidence", "Signal", "StanceSettings", "Stances", "read_stance", "stance_of", "stances_of"]
