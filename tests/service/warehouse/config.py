"""The service's settings: one TOML file, named by WAREHOUSE_CONFIG."""
import os
import tomllib
from dataclasses import dataclass

DEFAULT_PATH = "/etc/warehouse/config.toml"


class ConfigError(Exception):
    """A settings file that cannot be used; the message names the file."""


@dataclass(frozen=True)
class Config:
    database_url: str


def parse(text, path):
    """The settings in `text`; `path` is only for messages."""
    try:
        url = tomllib.loads(text)["database"]["url"]
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    except (KeyError, TypeError) as error:
        raise ConfigError(f"{path}: [database] url is missing") from error
    if not isinstance(url, str) or not url:
        raise ConfigError(f"{path}: [database] url must be a text")
    return Config(database_url=url)


def load():
    """The settings of the file that WAREHOUSE_CONFIG names."""
    path = os.environ.get("WAREHOUSE_CONFIG", DEFAULT_PATH)
    with open(path, encoding="utf-8") as file:
        return parse(file.read(), path)
