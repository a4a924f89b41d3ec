"""The weekly report for management: one page, Chinese and English, made of the numbers of a watch."""
