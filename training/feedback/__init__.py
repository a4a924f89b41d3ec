"""The model of causes of replies: corpus, fit and judgement; and the report on what a book's replies tell."""
