"""Policy texts with images, for tests."""

from policies.images.model import ImageRule
from policies.load import load_text
from tests.policies.policy_texts import WHOLE, only_policy

WHOLE_IMAGE = """\
{repository: ghcr.io/shop/web, container: app, semver: ">=1.2 <2", autoUpdate: true,
       require: {ciVerdict: webhook, verifiedIn: staging, minimumAge: 10m}, channel: stable}"""


def with_images(*images: str, environment: str = "production") -> str:
    """The whole policy with these images, each one a mapping in braces."""
    items = "".join(f"    - {image}\n" for image in images)
    return f"{WHOLE}  environment: {environment}\n  images:\n{items}"


def only_image(image: str) -> ImageRule:
    """The rule of one image without problems."""
    (rule,) = only_policy(with_images(image)).images
    return rule


def image_problems(*images: str) -> list[str]:
    """The problems of a policy with these images, without their place."""
    problems = load_text(with_images(*images), "policy.yaml").problems
    return [problem.message for problem in problems]
