"""AWS on this machine: a strict stand-in over the real protocol, without anything of AWS's beyond S3."""

from .endpoint import BUCKET, LocalAws

__all__ = ["BUCKET", "LocalAws"]
