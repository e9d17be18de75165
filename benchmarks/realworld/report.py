"""Scores told, to a person or to a program.

Why: the same rows, aligned to be compared down the page, or as JSON.
Never here: counting.
"""

from collections.abc import Sequence

from benchmarks.realworld.interface import Answer
from benchmarks.realworld.scores import Row

HEADER = ("TRIALS", "RULE", "ANSWER", "SHARE", "95 % INTERVAL", "OF ALL ANSWERS")


def table(rows: Sequence[Row]) -> str:
    """One line a row, the rules of one kind of trial below each other."""
    order = list(dict.fromkeys(row.trials for row in rows))
    lines = [HEADER, *(_cells(row) for row in sorted(rows, key=lambda r: order.index(r.trials)))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    rate = row.rate
    share = f"{rate.hits}/{rate.cases} = {rate.hits / rate.cases:.1%}" if rate.cases else "none"
    told = ", ".join(f"{row.answers[a]} {a.value}" for a in Answer if row.answers.get(a))
    return (
        row.trials,
        row.rule,
        row.answer.value,
        share,
        f"{rate.low:.1%} .. {rate.high:.1%}",
        told,
    )


def plain(row: Row) -> dict[str, object]:
    """What JSON can hold."""
    return {
        "rule": row.rule,
        "trials": row.trials,
        "answer": row.answer.value,
        "hits": row.rate.hits,
        "cases": row.rate.cases,
        "low": row.rate.low,
        "high": row.rate.high,
        "answers": {answer.value: row.answers.get(answer, 0) for answer in Answer},
    }
