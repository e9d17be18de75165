"""The real programs of the testbed: etcd, three of Kubernetes, Prometheus, VictoriaMetrics, two
registries and a foreign client of them, kustomize and Helm; built once, locked.

Why: nobody serves them ready-made for every machine, but Go modules hold their source.
Never here: how they are started; and nothing that needs root or a system package.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.testbed.go_toolchain import ToolchainError, find_go

GOMODULES = Path(__file__).parent / "gomodules"
HEARTBEAT_SECONDS = 30.0
ASSETS_VARIABLE = "KUBEBUILDER_ASSETS"
CACHE_VARIABLE = "ROLLCTL_TESTBED_CACHE"


class BinariesError(Exception):
    """A program of the testbed is neither there nor buildable; the message says what to do."""


@dataclass(frozen=True)
class Recipe:
    """How one Go module of ours becomes programs."""

    folder: str
    release_of: str
    packages: dict[str, str]
    tags: tuple[str, ...] = ()
    version_package: str = ""


RECIPES = (
    Recipe("etcd", "go.etcd.io/etcd/server/v3", {"etcd": "go.etcd.io/etcd/server/v3"}),
    Recipe(
        "kubernetes",
        "k8s.io/kubernetes",
        {
            name: f"k8s.io/kubernetes/cmd/{name}"
            for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
        },
        version_package="k8s.io/component-base/version",
    ),
    Recipe(
        "prometheus",
        "github.com/prometheus/prometheus",
        {"prometheus": "github.com/prometheus/prometheus/cmd/prometheus"},
        # Every other service discovery would be downloaded, compiled and never used.
        tags=("remove_all_sd", "enable_kubernetes_sd"),
    ),
    Recipe(
        "victoria-metrics",
        "github.com/VictoriaMetrics/VictoriaMetrics",
        {"victoria-metrics": "github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics"},
    ),
    Recipe(
        "registry",
        "github.com/distribution/distribution/v3",
        {
            "registry": "github.com/distribution/distribution/v3/cmd/registry",
            "crane": "github.com/google/go-containerregistry/cmd/crane",
            "referrers": "./referrers",
        },
    ),
    Recipe(
        "kustomize",
        "sigs.k8s.io/kustomize/kustomize/v5",
        {"kustomize": "sigs.k8s.io/kustomize/kustomize/v5"},
    ),
    Recipe("helm", "helm.sh/helm/v3", {"helm": "helm.sh/helm/v3/cmd/helm"}),
)


@dataclass(frozen=True)
class Binaries:
    """Where each program lies."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kube_scheduler: Path
    prometheus: Path
    victoria_metrics: Path
    registry: Path
    crane: Path
    referrers: Path
    kustomize: Path
    helm: Path


def cache_folder() -> Path:
    """Where built programs are kept, outside the checkout."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path.home() / ".cache" / "rollctl" / "testbed"


def ensure_binaries() -> Binaries:
    """Every program, built if it is missing. Raises BinariesError."""
    found: dict[str, Path] = {}
    for recipe in RECIPES:
        found |= _ensured(recipe)
    return Binaries(**{name.replace("-", "_"): path for name, path in found.items()})


def ensure_programs(folder: str) -> dict[str, Path]:
    """The programs of one recipe by their names, built if they are missing. Raises
    BinariesError."""
    return _ensured(_recipe(folder))


def built_programs(folder: str) -> dict[str, Path] | None:
    """The same, but None where they are not built yet."""
    return _from_assets(_recipe(folder)) or _from_cache(_recipe(folder))


def _recipe(folder: str) -> Recipe:
    return next(recipe for recipe in RECIPES if recipe.folder == folder)


def _ensured(recipe: Recipe) -> dict[str, Path]:
    return _from_assets(recipe) or _from_cache(recipe) or _built(recipe)


def _from_assets(recipe: Recipe) -> dict[str, Path] | None:
    assets = os.environ.get(ASSETS_VARIABLE)
    return _all_in(Path(assets), recipe) if assets else None


def _from_cache(recipe: Recipe) -> dict[str, Path] | None:
    return _all_in(_home(recipe), recipe)


def _all_in(folder: Path, recipe: Recipe) -> dict[str, Path] | None:
    # All or none: an apiserver of one release beside a scheduler of another proves nothing.
    paths = {name: folder / name for name in recipe.packages}
    return paths if all(os.access(path, os.X_OK) for path in paths.values()) else None


def _home(recipe: Recipe) -> Path:
    return cache_folder() / f"{recipe.folder}-{_release(recipe)}-{_fingerprint(recipe)}"


def _release(recipe: Recipe) -> str:
    text = (GOMODULES / recipe.folder / "go.mod").read_text()
    match = re.search(rf"^\s+{re.escape(recipe.release_of)} (v\S+)", text, re.MULTILINE)
    if match is None:
        raise BinariesError(
            f"gomodules/{recipe.folder}/go.mod does not require {recipe.release_of}"
        )
    return match.group(1)


def _fingerprint(recipe: Recipe) -> str:
    folder = GOMODULES / recipe.folder
    ours = (file.read_bytes() for file in sorted(folder.rglob("*.go")))
    locked = (folder / "go.mod").read_bytes() + (folder / "go.sum").read_bytes()
    content = locked + repr(recipe).encode() + b"".join(ours)
    return hashlib.sha256(content).hexdigest()[:8]


def _built(recipe: Recipe) -> dict[str, Path]:
    with _locked(recipe.folder):
        # Another run may have built it while this one waited for the lock.
        ready = _from_cache(recipe)
        if ready is None:
            _build(recipe)
            ready = {name: _home(recipe) / name for name in recipe.packages}
    return ready


@contextmanager
def _locked(name: str) -> Iterator[None]:
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(recipe: Recipe) -> None:
    _say(f"building {recipe.folder} {_release(recipe)} (once; minutes on a cold machine)")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix="building-") as scratch:
        output = Path(scratch) / "bin"
        output.mkdir()
        for name in recipe.packages:
            _run_go(recipe, name, output)
        shutil.rmtree(_home(recipe), ignore_errors=True)
        output.rename(_home(recipe))
    _say(f"built {recipe.folder} in {time.monotonic() - started:.0f} s")


def _run_go(recipe: Recipe, name: str, output: Path) -> None:
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            _command(recipe, name, output),
            cwd=GOMODULES / recipe.folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        _await(process, name)
        if process.returncode != 0:
            log.seek(0)
            raise BinariesError(_failed(recipe, log.read()))


def _command(recipe: Recipe, name: str, output: Path) -> list[str]:
    try:
        go = find_go(cache_folder())
    except ToolchainError as error:
        raise BinariesError(str(error)) from error
    options = ["-p", "2", "-trimpath", "-ldflags", _linker_flags(recipe), "-o", str(output / name)]
    if recipe.tags:
        options += ["-tags", ",".join(recipe.tags)]
    return [str(go), "build", *options, recipe.packages[name]]


def _linker_flags(recipe: Recipe) -> str:
    flags = ["-s", "-w"]
    if recipe.version_package:
        major, minor, _ = _release(recipe).removeprefix("v").split(".", 2)
        facts = {
            "gitVersion": _release(recipe),
            "gitMajor": major,
            "gitMinor": minor,
            "gitTreeState": "clean",
        }
        flags += [f"-X {recipe.version_package}.{key}={value}" for key, value in facts.items()]
    return " ".join(flags)


def _environment() -> dict[str, str]:
    # go.sum is the lock: no caller's flags may loosen it. And no compiler for C is needed.
    fixed = {
        "GOFLAGS": "-mod=readonly -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }
    return {**os.environ, **fixed}


def _await(process: subprocess.Popen[bytes], name: str) -> None:
    started = time.monotonic()
    try:
        while process.poll() is None:
            try:
                process.wait(HEARTBEAT_SECONDS)
            except subprocess.TimeoutExpired:
                _say(f"still building {name} ({time.monotonic() - started:.0f} s)")
    finally:
        process.kill()
        process.wait()


def _failed(recipe: Recipe, log: str) -> str:
    return (
        f"building {recipe.folder} {_release(recipe)} failed. "
        "Offline? Go online once so that Go's module proxy can be reached, "
        f"or point {ASSETS_VARIABLE} at a folder with {', '.join(recipe.packages)}.\n"
        f"Go said:\n{log[-3000:]}"
    )


def _say(line: str) -> None:
    sys.stderr.write(f"testbed: {line}\n")
    sys.stderr.flush()


def main() -> int:
    """Builds whatever is missing and prints each path."""
    try:
        found = ensure_binaries()
    except BinariesError as error:
        _say(str(error))
        return 1
    for path in vars(found).values():
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
