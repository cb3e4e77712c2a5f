"""Text that wants to be something else: a formula, markup, a terminal's command; for tests of every output."""

from __future__ import annotations

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://127.0.0.1/?"&A1;"trykk")',
    "-9+cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    '"=1+1',
    "＝1+1",
    "Bø;=1+1",
    'Bø;"=1+1',
    "Bø\n=1+1",
    "-",
]
NUMBERS = [
    "-12",
    "+12",
    "-0,4",
    "-0,4 prosent",
    "-1 234,5",
    "-1e5",
    "−12",
    "-12 %",
    "-0,4 prosent − 1,0 prosent",
]
MARKUP = [
    "<script>window.kapret = 1</script>",
    '<img src="x" onerror="window.kapret = 1">',
    "</style></title><svg onload=window.kapret=1>",
    "[trykk](javascript:window.kapret=1) **fet** `kode` $x$ _y_ ~~z~~",
    "![bilde](http://127.0.0.1/x.png)",
    '#read("/etc/passwd") *fet* $x$ #import',
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "[red]rød[/] [bold]fet :smile: [link=http://127.0.0.1]x",
    "&lt;b&gt; &amp;",
]
CONTROLS = [
    "\x1b[31mrød\x1b[0m",
    "\x1b]0;tittel\x07",
    "\x1b[2Jtomt",
    "ny\nlinje",
    "vogn\rretur",
    "\x00null",
    "\x9b31m",
    "\u202etxt.exe",
    "\u2028skille",
    "\ufeffmerke",
]
LONG = "lang " * 8000
ALL = [*FORMULAS, *MARKUP, *CONTROLS, LONG]
