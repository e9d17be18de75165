"""Learns from a service's past how unlike equally good pods grow.

Why: how much of a slope is chance depends on how a level sways, and only pods can say.
Never here: how a slope is told (growth.py); reading a source.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.framing import signed
from analysis.growth import growth
from analysis.learn_levels import spread_between
from analysis.past import MetricPast
from analysis.question import Question
from analysis.slopes import Plan

Floats = NDArray[np.float64]
Block = Mapping[str, Sequence[float]]


def learn(question: Question, plan: Plan, blocks: Sequence[Block]) -> MetricPast | None:
    """From each pod's levels, look by look, in each stretch of time; None where they say too little.

    Stretches are cut into pieces as long as the first look takes, which is when slopes are told
    worst; the spread is the standard deviation between the pods of a piece of their growth, as
    a share of the level an hour.
    """
    pieces = [piece for block in blocks for piece in _pieces(block, plan.due[0])]
    told = [_growths(question, plan, piece) for piece in pieces if len(piece) > 1]
    pods = len({pod for piece in pieces if len(piece) > 1 for pod in piece})
    spreads = [spread_between([one[kind] for one in told]) for kind in range(2)]
    known = [spread for spread in spreads if spread is not None]
    if not known:
        return None
    usual = float(
        np.median([value for piece in pieces for many in piece.values() for value in many])
    )
    return MetricPast(question.name, pods, max(known), 1.0, usual)


def _pieces(block: Block, length: int) -> list[dict[str, Sequence[float]]]:
    """The pods that were seen through each piece of `length` looks."""
    longest = max((len(levels) for levels in block.values()), default=0)
    return [
        {
            pod: levels[start : start + length]
            for pod, levels in block.items()
            if len(levels) >= start + length
        }
        for start in range(0, longest - length + 1, length)
    ]


def _growths(question: Question, plan: Plan, piece: Block) -> list[dict[str, float]]:
    """Of each pod's growth what lasts, and its later part."""
    levels = np.array(list(piece.values()), dtype=np.float64)
    scale = float(np.abs(levels).mean()) or 1.0
    found = growth(signed(question, 1.0) * levels / scale, plan.hours)
    return [dict(zip(piece, one.tolist(), strict=True)) for one in (found.lasting, found.later)]
