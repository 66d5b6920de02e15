"""The page at `/`: a template that travels as package data, filled in with everything escaped."""
from importlib import resources

from markupsafe import Markup


def render(version, projects):
    template = resources.files("warehouse").joinpath("templates", "index.html").read_text(encoding="utf-8")
    items = Markup("\n").join(Markup("    <li>{}</li>").format(name) for name in projects)
    return str(Markup(template).format(version=version, count=len(projects), projects=items))
