"""The bank's customers: what the bank sees of them; what it does not see is in traits.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.arrays import Floats, Ints, Mask, normals, pick_columns, uniforms

REGIONS = (
    "Beijing", "Shanghai", "Guangdong", "Zhejiang", "Jiangsu", "Sichuan",
    "Hubei", "Shandong", "Henan", "Fujian", "Chongqing", "Shaanxi",
)  # fmt: skip
TIMEZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong")
GENDERS = ("F", "M", "X")
LANGUAGES = ("zh", "en")
STOP_FLAGS = ("dispute", "hardship", "plan_signed", "deceased", "bankruptcy", "legal")

_ZONE_SHARES = (0.994, 0.003, 0.003)
_ZONE_HOURS = (8, 6, 8)
_STOP_SHARES = (0.40, 0.22, 0.25, 0.02, 0.04, 0.07)
_CONSENT_SHARES = (0.97, 0.86, 0.84, 0.93)  # in the order of actions.REACH
_NEW_TO_CREDIT_DAYS = 240


@dataclass(frozen=True)
class Occupation:
    """An occupation: its share among adults of working age, usual monthly income, and money troubles."""

    name: str
    share: float
    income: float
    shortage: float
    source: str


OCCUPATIONS = (
    Occupation("office worker", 0.20, 8_500, -0.1, "salary"),
    Occupation("engineer", 0.10, 14_000, -0.4, "salary"),
    Occupation("civil servant", 0.07, 9_000, -0.5, "salary"),
    Occupation("teacher", 0.06, 8_000, -0.4, "salary"),
    Occupation("medical worker", 0.05, 9_500, -0.3, "salary"),
    Occupation("factory worker", 0.15, 6_000, 0.2, "salary"),
    Occupation("service worker", 0.14, 5_000, 0.4, "salary"),
    Occupation("driver", 0.07, 6_500, 0.3, "salary"),
    Occupation("shop owner", 0.08, 9_000, 0.2, "business"),
    Occupation("freelancer", 0.05, 6_500, 0.4, "business"),
    Occupation("farmer", 0.03, 4_000, 0.2, "business"),
    Occupation("retired", 0.0, 3_800, -0.3, "pension"),
    Occupation("student", 0.0, 1_800, 0.5, "transfer"),
)
_RETIRED, _STUDENT = len(OCCUPATIONS) - 2, len(OCCUPATIONS) - 1


@dataclass(frozen=True)
class People:
    """One entry a customer, (n,) each; codes index the tuples above; ages and experience at the start.

    ``income`` is the usual amount a month; ``first_credit_day`` counts from the start, and where
    ``first_credit_known`` is false the table shows a null. ``consents`` is (n, 4) in the order of REACH.
    ``stop`` is -1 where there is no stop flag.
    """

    age_days: Ints
    gender: Ints
    region: Ints
    occupation: Ints
    income: Floats
    pay_day: Ints
    experience_days: Ints
    first_credit_known: Mask
    zone: Ints
    offset_hours: Ints
    language: Ints
    consents: Mask
    stop: Ints
    vulnerable: Mask

    def __len__(self) -> int:
        return len(self.income)

    @property
    def sources(self) -> Ints:
        """Each customer's kind of income: 0 salary, 1 business, 2 pension, 3 transfer."""
        kinds = ("salary", "business", "pension", "transfer")
        return np.array([kinds.index(o.source) for o in OCCUPATIONS])[self.occupation]


def draw_people(customers: int, rng: np.random.Generator) -> People:
    """Draw ``customers`` people; the same generator state gives the same people."""
    n = customers
    age = np.clip(20 + 45 * rng.beta(1.5, 2.4, n) + rng.exponential(2.0, n), 20, 80)
    occupation = _occupations(age, rng)
    experience = _experience(age, rng)
    zone = _shares(_ZONE_SHARES, n, rng)
    known = uniforms(rng, n) > np.where(experience < _NEW_TO_CREDIT_DAYS, 0.6, 0.01)
    return People(
        age_days=(age * 365.25).astype(np.int32),
        gender=_shares((0.485, 0.513, 0.002), n, rng),
        region=np.where(zone > 0, -1, _absent(rng.integers(0, len(REGIONS), n), 0.01, rng)),
        occupation=occupation,
        income=_incomes(age, occupation, rng),
        pay_day=rng.choice(np.array([4, 9, 14, 24, 27]), n, p=(0.2, 0.3, 0.25, 0.13, 0.12)),
        experience_days=experience,
        first_credit_known=known,
        zone=zone,
        offset_hours=np.array(_ZONE_HOURS)[zone],
        language=(uniforms(rng, n) < np.where(zone == 2, 0.3, 0.04)).astype(np.int8),
        consents=uniforms(rng, n, 4) < np.array(_CONSENT_SHARES),
        stop=np.where(uniforms(rng, n) < 0.03, _shares(_STOP_SHARES, n, rng), -1),
        vulnerable=uniforms(rng, n) < 0.02,
    )


def _shares(shares: tuple[float, ...], n: int, rng: np.random.Generator) -> Ints:
    return pick_columns(np.broadcast_to(np.array(shares), (n, len(shares))), uniforms(rng, n))


def _absent(codes: Ints, share: float, rng: np.random.Generator) -> Ints:
    return np.where(uniforms(rng, len(codes)) < share, -1, codes)


def _occupations(age: Floats, rng: np.random.Generator) -> Ints:
    worked = _shares(tuple(o.share for o in OCCUPATIONS), len(age), rng)
    draw = uniforms(rng, len(age))
    retired = draw < np.interp(age, [54, 58, 62, 66], [0.0, 0.35, 0.75, 0.95])
    student = draw < np.interp(age, [20, 22, 25], [0.4, 0.25, 0.0])
    return np.where(retired, _RETIRED, np.where(student, _STUDENT, worked))


def _incomes(age: Floats, occupation: Ints, rng: np.random.Generator) -> Floats:
    usual = np.array([o.income for o in OCCUPATIONS])[occupation]
    grown = np.interp(age, [20, 35, 50, 60], [0.75, 1.05, 1.15, 1.0])
    return (usual * grown * np.exp(0.38 * normals(rng, len(age)))).astype(np.float32)


def _experience(age: Floats, rng: np.random.Generator) -> Ints:
    """Return days since the first credit anywhere; one in twelve is new to credit."""
    usual = np.minimum(rng.gamma(2.0, 3.2, len(age)), age - 18) * 365.25
    new = uniforms(rng, len(age)) < np.interp(age, [20, 26, 40], [0.3, 0.12, 0.04])
    recent = rng.integers(32, _NEW_TO_CREDIT_DAYS, len(age))
    return np.where(new, recent, np.maximum(usual, 32)).astype(np.int32)
