"""`fonts.conf` of one copy: the fetched faces and an office's own, none of the machine's.

So the same paper has the same bytes everywhere.
"""

from xml.sax.saxutils import escape

from setup.places import ROOT, Var

_GENERIC = {
    "serif": ["Noto Serif SC", "Noto Serif CJK SC"],
    "sans-serif": ["Noto Sans SC", "Noto Sans CJK SC"],
    "system-ui": ["Noto Sans SC", "Noto Sans CJK SC"],
    "monospace": ["DejaVu Sans Mono", "Noto Sans SC", "Noto Sans CJK SC"],
}


def write(var: Var) -> dict[str, str]:
    """Writes the file and gives back the variable that names it. It is found before the fonts are."""
    office = ROOT / "fonts"
    lines = ['<?xml version="1.0"?>', '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">', "<fontconfig>"]
    lines += [f"  <dir>{escape(str(folder))}</dir>" for folder in (office, var.fonts)]
    lines.append(f"  <cachedir>{escape(str(var.path / 'font-cache'))}</cachedir>")
    lines += [_alias(name, families) for name, families in _GENERIC.items()]
    lines.append("</fontconfig>")
    path = var.path / "fonts.conf"
    path.write_text("\n".join(lines) + "\n")
    return {"FONTCONFIG_FILE": str(path)}


def _alias(name: str, families: list[str]) -> str:
    preferred = "".join(f"<family>{family}</family>" for family in families)
    return f'  <alias binding="same"><family>{name}</family><prefer>{preferred}</prefer></alias>'
