"""The drop folder: files that arrive are taken, imported as ``run`` would, and given back."""
