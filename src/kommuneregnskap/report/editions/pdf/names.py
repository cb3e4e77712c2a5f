"""What the files of print are called: each names the other."""

FILE, APPENDIX = "rapport.pdf", "vedlegg.pdf"
