"""What customers' replies tell: causes by model and by phrase, promises, and what follows for the next decision."""
