"""What a report is besides its page: print, workbook, figures, the draft of a release."""
