"""The value of a policy that was not the one running, from logged decisions and their propensities."""

from serving.offpolicy.row_scores import METHODS
from serving.offpolicy.values import PolicyGain, PolicyValue, policy_gain, policy_value

__all__ = ["METHODS", "PolicyGain", "PolicyValue", "policy_gain", "policy_value"]
