"""The service's settings: one TOML file, named by WAREHOUSE_CONF."""
import os
import tomllib
from dataclasses import dataclass, field

DEFAULT_PATH = "/etc/warehouse/config.toml"


class ConfigError(Exception):
    """A settings file that cannot be used; the message names the file."""


# Tables that may be left out; others are passed over.
SECTIONS = ("site", "redis", "search", "assets", "urls", "paths", "cache", "security", "camo", "sentry")


@dataclass(frozen=True)
class Config:
    database_url: str
    sections: dict = field(default_factory=dict)  # by their names

    def policy(self):
        """The value of the header Content-Security-Policy; empty when none is set."""
        policy = self.sections.get("security", {}).get("csp", {})
        return "; ".join(f"{directive} {' '.join(sources)}" for directive, sources in policy.items())


def parse(text, path):
    """The settings in `text`; `path` is only for messages."""
    try:
        settings = tomllib.loads(text)
        url = settings["database"]["url"]
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    except (KeyError, TypeError) as error:
        raise ConfigError(f"{path}: [database] url is missing") from error
    if not isinstance(url, str) or not url:
        raise ConfigError(f"{path}: [database] url must be a text")
    sections = {name: settings[name] for name in SECTIONS if name in settings}
    for name, section in sections.items():
        if not isinstance(section, dict):
            raise ConfigError(f"{path}: [{name}] must be a table")
    return Config(database_url=url, sections=sections)


def load():
    """The settings of the file that WAREHOUSE_CONF names."""
    path = os.environ.get("WAREHOUSE_CONF", DEFAULT_PATH)
    with open(path, encoding="utf-8") as file:
        return parse(file.read(), path)
