"""What gunicorn serves: `warehouse.wsgi:application`."""
from importlib.metadata import version

from warehouse import config
from warehouse.application import Application
from warehouse.page import render
from warehouse.store import Store, engine_for

settings = config.load()
application = Application(version("warehouse"), Store(engine_for(settings)), render, settings.policy())
