"""The demo: fresh data, emulated vendors, companies set up and at work."""

from tilisilta.cli.demo.command import demo

__all__ = ["demo"]
