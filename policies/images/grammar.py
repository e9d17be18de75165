"""Every key under spec.images: its shape, its meaning, its default.

Why: as the grammar of the whole policy, of which this is a part.
Never here: rules between two keys (checks), how shapes are read (shapes).
"""

from policies.images.choices import SortAs
from policies.images.repositories import LONGEST_TAG, TAG_PATTERN
from policies.images.shapes import Pattern, Repository, SemverRange, Truth
from policies.shapes import Choice, Duration, ListOf, Text
from policies.tables import Field, Table

MOST_IMAGES = 20

_MOST_AGE_SECONDS = 365 * 86_400.0
_TAG = Text(
    TAG_PATTERN,
    "a tag is letters, digits, dots, dashes and underscores, and begins with no dot or dash",
    "latest",
    LONGEST_TAG,
)
_CONTAINER = Text(
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    "a container's name is lower-case letters, digits and dashes (DNS-1123)",
    "app",
    63,
)
_GROUP = Text(
    r"[A-Za-z_][A-Za-z0-9_]*", "a group's name is letters, digits and underscores", "ts", 63
)
_ENVIRONMENT = Text(
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    "an environment's name is lower-case letters, digits and dashes, and begins and ends with no "
    "dash",
    "staging",
    63,
)
_CI_VERDICT = Text(
    r"webhook|[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}/[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}",
    "webhook, or the artifact type (type/subtype) of what your CI attaches to the digest",
    "application/vnd.shop.ci.v1+json",
)

REPOSITORY = Field(
    "repository",
    Repository(),
    "The repository whose tags are watched, as in the image without its tag: ghcr.io/shop/web. "
    "Without a host it is Docker Hub's.",
    required=True,
)
CONTAINER = Field(
    "container",
    _CONTAINER,
    "The container it belongs to; unless written, every container whose image is of this repository.",
)
SEMVER = Field(
    "semver",
    SemverRange(),
    "Tags that are versions of this range count, with or without a leading v; the highest is next. "
    "Only whole versions (1.2.3) are versions; pre-releases count where the range names one "
    '(">=1.2.0-0 <2").',
)
REGEX = Field(
    "regex",
    Pattern(),
    "Tags that match this pattern (RE2, as in Go and Flux) count; the one with the highest "
    "sortBy is next. ^ and $ stand for the tag's ends.",
)
SORT_BY = Field(
    "sortBy",
    _GROUP,
    "The named group of regex, (?P<ts>…), by which its tags are sorted; need not be written where "
    "it has only one.",
)
SORT_AS = Field(
    "sortAs",
    Choice(SortAs, {}),
    "How that group is read: numeric; alphabetical (for dates such as 2026-11-23); semver. A tag "
    "whose group cannot be read so does not count.",
    default="numeric",
)
NEWEST = Field(
    "newest",
    Pattern(),
    "Tags that match this pattern count; the one whose image was made last is next. For tags that "
    "tell no order, such as commits.",
)
TAG = Field(
    "tag",
    _TAG,
    "One tag that is moved, such as latest: whatever digest it points to is next, an older one too.",
)
AUTO_UPDATE = Field(
    "autoUpdate",
    Truth(),
    "Whether rollctl rolls the next build out by itself; otherwise it only tells of it.",
    default="false",
)
CI_VERDICT = Field(
    "ciVerdict",
    _CI_VERDICT,
    "Your CI must have passed the digest: by an artifact of this type attached to it (a referrer), or "
    "by a signed webhook.",
)
VERIFIED_IN = Field(
    "verifiedIn",
    _ENVIRONMENT,
    "rollctl must have found the digest Healthy in this environment, and nowhere there worse.",
)
MINIMUM_AGE = Field(
    "minimumAge",
    Duration(0, _MOST_AGE_SECONDS),
    "How long ago the image must have been made and first seen here, whichever was later.",
    default="0s",
)
REQUIRE = Field(
    "require",
    Table((CI_VERDICT, VERIFIED_IN, MINIMUM_AGE)),
    "What must be known of a digest before it is rolled out. Of the builds that meet all of it the "
    "newest is next.",
    default="{}",
)
CHANNEL = Field(
    "channel",
    _TAG,
    "A tag that rollctl moves to each digest it found Healthy, for others to follow.",
)
IMAGE = Table(
    (
        REPOSITORY,
        CONTAINER,
        SEMVER,
        REGEX,
        SORT_BY,
        SORT_AS,
        NEWEST,
        TAG,
        AUTO_UPDATE,
        REQUIRE,
        CHANNEL,
    )
)
IMAGES = Field(
    "images",
    ListOf(IMAGE, MOST_IMAGES, '[{repository: ghcr.io/shop/web, semver: ">=1.2 <2"}]'),
    "The repositories whose new builds are watched, and rolled out where autoUpdate says so. Each "
    "has one of semver, regex, newest and tag.",
    default="[]",
)
ENVIRONMENT = Field(
    "environment",
    _ENVIRONMENT,
    "What the verdicts on these workloads are filed under; others may ask for it in verifiedIn.",
)
