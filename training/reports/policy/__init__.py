"""The page of a policy's judgement: a question a file, sentences first, then the tables they rest on."""
