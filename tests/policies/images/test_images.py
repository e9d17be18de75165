"""spec.images is read whole, and every mistake in it is told with its place and remedy."""

import pytest

from policies.images.choices import BySemver
from policies.images.model import Gates
from policies.lint import lint
from policies.load import load_text
from tests.policies.images.texts import WHOLE_IMAGE, image_problems, only_image, with_images
from tests.policies.policy_texts import WHOLE, only_policy

PLAIN = "{repository: shop/web, tag: latest}"


def test_whole_image() -> None:
    """Every key reaches the rule."""
    rule = only_image(WHOLE_IMAGE)
    assert (rule.repository, rule.container) == ("ghcr.io/shop/web", "app")
    assert isinstance(rule.choice, BySemver)
    assert (rule.auto_update, rule.channel) == (True, "stable")
    assert rule.gates == Gates("webhook", "staging", 600.0)


def test_least_image() -> None:
    """What is not written is asked of nobody, and nothing is rolled out by itself."""
    rule = only_image(PLAIN)
    assert (rule.container, rule.auto_update, rule.channel) == (None, False, None)
    assert rule.gates == Gates(None, None, 0.0)


def test_no_images() -> None:
    """A policy without images watches no repository and names no environment."""
    policy = only_policy(WHOLE)
    assert (policy.images, policy.environment) == ((), None)
    assert only_policy(with_images(PLAIN)).environment == "production"


def test_covers() -> None:
    """A rule is for the containers that run its repository, or for the one it names."""
    rule = only_image(PLAIN)
    assert rule.covers("any", "docker.io/shop/web:v1")
    assert not rule.covers("any", "ghcr.io/shop/web:v1")
    named = only_image("{repository: shop/web, tag: latest, container: app}")
    assert named.covers("app", "shop/web")
    assert not named.covers("sidecar", "shop/web")


MISTAKES = [
    ("{tag: latest}", "repository is missing"),
    ("{repository: 'shop/web:v1', tag: latest}", "write shop/web"),
    ("{repository: 'https://ghcr.io/Shop/web', tag: latest}", "write ghcr.io/shop/web"),
    ("{repository: 'shop/web@sha256:00', tag: latest}", "write shop/web"),
    ("{repository: '//', tag: latest}", "write ghcr.io/shop/web"),
    ("{repository: shop/web}", "exactly one of semver, regex, newest, tag"),
    ("{repository: shop/web, semver: '>=1', tag: latest}", "it has semver and tag"),
    ("{repository: shop/web, semver: '>=1 <<2'}", "<<2 is no part of a range"),
    ("{repository: shop/web, semver: 1.10}", 'write "1.10"'),
    ("{repository: shop/web, regex: '('}", "does not compile"),
    ("{repository: shop/web, newest: '(?=a)'}", "no look-around"),
    ("{repository: shop/web, regex: '^(?P<ts>.)$', sortBy: tss}", "write ts"),
    ("{repository: shop/web, regex: '^(?P<a>.)(?P<b>.)$'}", "write a or b, as sortBy"),
    ("{repository: shop/web, regex: '^main$'}", "it has no named group"),
    ("{repository: shop/web, regex: '^(?P<a>.)$', sortAs: number}", "write numeric"),
    ("{repository: shop/web, tag: latest, sortBy: ts}", "sortBy without regex"),
    ("{repository: shop/web, tag: latest, sortAs: numeric}", "sortAs without regex"),
    ("{repository: shop/web, tag: -x}", "begins with no dot or dash"),
    ("{repository: shop/web, tag: latest, channel: latest}", "follow the tag that it moves itself"),
    ("{repository: shop/web, newest: '.', channel: stable}", "among the tags that count"),
    ("{repository: shop/web, tag: latest, autoUpdate: yes}", "write true or false"),
    ("{repository: shop/web, tag: latest, autoUpdate: 'true'}", "write true or false"),
    ("{repository: shop/web, tag: latest, require: {ciVerdict: ci}}", "type/subtype"),
    ("{repository: shop/web, tag: latest, require: {minimumAge: 10}}", "write 10s or 10m"),
    ("{repository: shop/web, tag: latest, require: {verifiedIn: production}}", "wait for the"),
    ("{repository: shop/web, tag: latest, glob: 'v*'}", 'unknown key "glob"'),
    (f"{{repository: shop/web, semver: '{'1' * 201}'}}", "at most 200"),
    (f"{{repository: shop/web, newest: '{'a' * 501}'}}", "at most 500"),
]


@pytest.mark.parametrize(("image", "words"), MISTAKES)
def test_one_mistake(image: str, words: str) -> None:
    """Each kind of mistake is told once, with the rule and what to write."""
    (problem,) = image_problems(image)
    assert words in problem
    assert problem.count(";") >= 2


def test_all_mistakes_at_once() -> None:
    """Images with a mistake each give all of them, at their own places."""
    text = with_images(*(image for image, _words in MISTAKES[:15]))
    problems = load_text(text, "f").problems
    first = WHOLE.count("\n") + 3
    assert {problem.line for problem in problems} == set(range(first, first + 15))


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (PLAIN, PLAIN, True),
        (PLAIN, "{repository: docker.io/shop/web, semver: '1'}", True),
        ("{repository: a, tag: x, container: c}", "{repository: b, tag: x, container: c}", True),
        ("{repository: a, tag: x, container: c}", "{repository: a, tag: x, container: d}", False),
        ("{repository: a, tag: x, container: c}", "{repository: a, tag: x}", True),
        ("{repository: a, tag: x, container: c}", "{repository: b, tag: x}", False),
        (PLAIN, "{repository: shop/api, tag: latest}", False),
    ],
)
def test_one_rule_a_container(one: str, other: str, clash: bool) -> None:
    """Two rules that surely mean one container are refused at the later one."""
    problems = image_problems(one, other)
    assert ["a container has one image" in problem for problem in problems] == [True] * clash


def test_no_loop() -> None:
    """Rolling out by itself what was rolled back is refused before it begins."""
    text = with_images("{repository: shop/web, tag: latest, autoUpdate: true}")
    (problem,) = load_text(text.replace("quarantine: 7d", "quarantine: off"), "f").problems
    assert "rolled out again at once" in problem.message
    assert not load_text(text, "f").problems


@pytest.mark.parametrize(
    ("image", "change", "words"),
    [
        ("{repository: web, newest: main}", ("", ""), "not anchored"),
        ("{repository: web, regex: '(?P<n>.)$'}", ("", ""), "not anchored"),
        ("{repository: web, semver: '>=2 <1'}", ("", ""), "no release lies in"),
        ("{repository: web, tag: x, autoUpdate: true}", ("hold: 50%", "hold: off"), "every pod"),
        (
            "{repository: web, tag: x, autoUpdate: true}",
            ("action: rollback", "action: hold"),
            "waits for a person",
        ),
    ],
)
def test_doubt(image: str, change: tuple[str, str], words: str) -> None:
    """A doubtful wish is named at its place."""
    warnings = lint(load_text(with_images(image).replace(*change, 1), "f"))
    (warning,) = [one for one in warnings if one.field.startswith("spec.images")]
    assert words in warning.message
    assert warning.line == WHOLE.count("\n") + 3


def test_too_many_images() -> None:
    """The twenty-first image is refused."""
    images = [f"{{repository: shop/web{number}, tag: latest}}" for number in range(21)]
    assert "at most 20" in image_problems(*images)[0]
    assert not image_problems(*images[:20])
