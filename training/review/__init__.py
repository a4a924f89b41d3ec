"""What reviewers judge a default model by: the record a training leaves, and the tables made of it."""
