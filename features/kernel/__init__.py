"""The compiled kernel: windows over sorted rows, rows beside other rows, timelines."""
