"""The commands, one a file: each module defines `command`, under the module's name. Imports at their top stay light."""
