"""The verbs of the command line that need no training, and what all verbs share: options, progress, refusals."""
