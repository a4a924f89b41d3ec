"""Repayment plans: equal instalments that fit the income seen, and what they cost either side."""

from serving.plans.debts import plan_of
from serving.plans.means import Means, means_of
from serving.plans.plan import Debt, NoPlan, Plan, plan_for
from serving.plans.plan_settings import PlanSettings, read_plans

__all__ = ["Debt", "Means", "NoPlan", "Plan", "PlanSettings", "means_of", "plan_for", "plan_of", "read_plans"]
