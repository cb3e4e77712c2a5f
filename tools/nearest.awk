# The one of several names that a mistyped one is nearest to, or nothing: awk -f tools/nearest.awk -- YEER YEAR SOURCE
# In awk, since it answers before there is a Python.

function least(a, b) { return a < b ? a : b }

# How many letters are missing, added, another or in each other's place.
function distance(a, b,    i, j, far) {
  for (i = 0; i <= length(a); i++) far[i, 0] = i
  for (j = 0; j <= length(b); j++) far[0, j] = j
  for (i = 1; i <= length(a); i++)
    for (j = 1; j <= length(b); j++) {
      far[i, j] = far[i - 1, j - 1] + (substr(a, i, 1) != substr(b, j, 1))
      far[i, j] = least(far[i, j], 1 + least(far[i - 1, j], far[i, j - 1]))
      if (i > 1 && j > 1 && substr(a, i, 1) == substr(b, j - 1, 1) && substr(a, i - 1, 1) == substr(b, j, 1))
        far[i, j] = least(far[i, j], 1 + far[i - 2, j - 2])
    }
  return far[length(a), length(b)]
}

BEGIN {
  typed = toupper(ARGV[1])
  nearest = 1 + least(int(1 + length(typed) / 4), 3)  # as far off is another word
  for (i = 2; i < ARGC; i++) {
    known = toupper(ARGV[i])
    far = distance(typed, known)
    if (length(typed) > 2 && (index(known, typed) == 1 || index(typed, known) == 1)) far = least(far, 1)
    if (far < nearest && far < length(typed)) { nearest = far; found = ARGV[i] }
  }
  print found
  exit
}
