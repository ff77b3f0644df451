"""Free faces for official papers (GB/T 9704), fetched when the hall already runs; `fonts/ready` says all are there.

Faces and their licences come from Debian's packages and from the npm registry, each through its ordinary client, so
that no address stands here. They are kept in `.tools/fonts` for all copies of one checkout.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setup import debian, npm
from setup.places import TOOLS, Var, locked
from setup.speech import Missing, say

CACHE = TOOLS / "fonts"
_UNFINISHED = "unfinished-fonts-"
_TEXLIVE = "/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"
_TRUETYPE = "/usr/share/fonts/truetype"

# package -> file in it -> our name. Only Debian's own signature vouches for these.
_DEBIAN = {
    "texlive-lang-chinese": {
        f"{_TEXLIVE}/FandolFang-Regular.otf": "FandolFang-Regular.otf",
        "/usr/share/doc/texlive-doc/fonts/fandol/README": "licence-FandolFang.txt",
        "/usr/share/doc/texlive-doc/fonts/fandol/COPYING.gz": "licence-FandolFang-GPL.txt.gz",
    },
    "fonts-cwtex-fs": {
        f"{_TRUETYPE}/cwtex/cwfs.ttf": "cwfs.ttf",
        "/usr/share/doc/fonts-cwtex-fs/copyright": "licence-cwTeX.txt",
    },
    "fonts-lxgw-wenkai": {
        f"{_TRUETYPE}/lxgw-wenkai/LXGWWenKai-Regular.ttf": "LXGWWenKai-Regular.ttf",
        "/usr/share/doc/fonts-lxgw-wenkai/copyright": "licence-LXGWWenKai.txt",
    },
    "fonts-dejavu-core": {
        f"{_TRUETYPE}/dejavu/DejaVuSansMono.ttf": "DejaVuSansMono.ttf",
        "/usr/share/doc/fonts-dejavu-core/copyright": "licence-DejaVu.txt",
    },
}
# TrueType outlines make a paper of 104 KB; the CFF outlines of Debian's Noto one of 271 KB.
_NPM = {
    "@expo-google-fonts/noto-serif-sc@0.4.3": {
        "400Regular/NotoSerifSC_400Regular.ttf": "NotoSerifSC-Regular.ttf",
        "700Bold/NotoSerifSC_700Bold.ttf": "NotoSerifSC-Bold.ttf",
        "LICENSE_FONT": "licence-NotoSerifSC.txt",
    },
    "@expo-google-fonts/noto-sans-sc@0.4.3": {
        "400Regular/NotoSansSC_400Regular.ttf": "NotoSansSC-Regular.ttf",
        "700Bold/NotoSansSC_700Bold.ttf": "NotoSansSC-Bold.ttf",
        "LICENSE_FONT": "licence-NotoSansSC.txt",
    },
}
_SHA256 = {
    "NotoSansSC-Bold.ttf": "9a38ae0ab28cd5a256f9ea8e00dedc688aac17f7915fcb000572990afa956b96",
    "NotoSansSC-Regular.ttf": "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16",
    "NotoSerifSC-Bold.ttf": "9c6a2ba736e4b499c84f65ce366bd3625c0401885fd3e585ace50fb738b96ff6",
    "NotoSerifSC-Regular.ttf": "c358a69de3df5f423a8946a7b03e3126fb6ba116f1130a463455b4e39e1f0742",
}
_NOTO_OF_DEBIAN = {
    f"/usr/share/fonts/opentype/noto/{name}": name
    for name in (f"Noto{kind}CJK-{weight}.ttc" for kind in ("Serif", "Sans") for weight in ("Regular", "Bold"))
} | {"/usr/share/doc/fonts-noto-cjk/copyright": "licence-NotoCJK.txt"}


def place(var: Var) -> None:
    """Makes `DIR/fonts` show the checkout's fonts, fetched or not."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if var.fonts.is_symlink() and var.fonts.resolve() != CACHE.resolve():
        var.fonts.unlink()
    if not var.fonts.exists():
        var.fonts.symlink_to(CACHE)


def ready() -> bool:
    return (CACHE / "ready").exists()


def fetch() -> None:
    """Fetches what is missing; every file appears complete or not at all."""
    with locked(TOOLS / "fonts.lock"):
        if ready():
            return
        CACHE.mkdir(parents=True, exist_ok=True)
        for left in TOOLS.glob(f"{_UNFINISHED}*"):  # by a fetch that was ended
            shutil.rmtree(left, ignore_errors=True)
        with ThreadPoolExecutor() as both:
            for done in [both.submit(_all_from_debian), both.submit(_all_noto)]:
                done.result()
        (CACHE / "ready").write_text("".join(f"{path.name}\n" for path in sorted(CACHE.glob("*.[ot]t[fc]"))))
        say("the fonts for papers are complete")


def _all_from_debian() -> None:
    for package, files in _DEBIAN.items():
        _from_debian(package, files)


def _all_noto() -> None:
    try:
        for package, files in _NPM.items():
            _from_npm(package, files)
    except Missing as reason:
        say(f"{reason} Taking Noto from Debian instead.")
        _from_debian("fonts-noto-cjk", _NOTO_OF_DEBIAN)


def _from_debian(package: str, files: dict[str, str]) -> None:
    if _have(files):
        return
    if not debian.available():
        raise Missing(
            f"The font package {package} can't be fetched without apt-get: put the fonts into fonts/ yourself."
        )
    say(f"fetching fonts from {package}")
    with tempfile.TemporaryDirectory(dir=TOOLS, prefix=_UNFINISHED) as folder:
        archive = next(path for path in debian.download([package], Path(folder)) if path.name.startswith(package))
        debian.unpack_members(archive, {member: Path(folder) / name for member, name in files.items()})
        _keep(Path(folder), files)


def _from_npm(package: str, files: dict[str, str]) -> None:
    if _have(files):
        return
    say(f"fetching fonts from {package}")
    with tempfile.TemporaryDirectory(dir=TOOLS, prefix=_UNFINISHED) as folder:
        npm.unpack_members(package, {member: Path(folder) / name for member, name in files.items()}, Path(folder))
        _keep(Path(folder), files)


def _have(files: dict[str, str]) -> bool:
    return all((CACHE / name).exists() for name in files.values())


def _keep(folder: Path, files: dict[str, str]) -> None:
    for name in files.values():
        if name in _SHA256 and hashlib.sha256((folder / name).read_bytes()).hexdigest() != _SHA256[name]:
            raise Missing(f"The font {name} is not the one that was chosen (its SHA-256 differs).")
        shutil.move(folder / name, CACHE / name)


def main() -> int:
    """In the background, beside the running hall: tried again for a while, because a network comes and goes."""
    os.nice(15)
    for pause in (30, 120, 600, 0):
        try:
            fetch()
        except (Missing, OSError) as reason:
            say(f"{reason} Papers can't be printed without fonts; trying again.")
            time.sleep(pause)
        else:
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
