"""The HTTP API under /api/v1: thin, one file per subject. Each call parses, asks one service, renders."""

from tilisilta.api.app import api

__all__ = ["api"]
