"""The version of this source tree; images run from a folder, without installed metadata."""

VERSION = "0.1.0"
